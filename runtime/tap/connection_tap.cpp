#include "runtime/tap/connection_tap.h"

#include <utility>

#include "runtime/http/detector.h"
#include "runtime/http/server_banner.h"

namespace meshctl::tap {

using telemetry::ConnectionProtocol;

ConnectionTap::ConnectionTap(telemetry::CallSink& calls, ConnectionSink& connections,
                             ProtocolChoice choice) noexcept
    : calls_(calls), connections_(connections) {
  if (choice == ProtocolChoice::Tcp) settle(ConnectionProtocol::Opaque);
  if (choice == ProtocolChoice::Http) start_http1();
  if (choice == ProtocolChoice::Http2) start_http2();
}

void ConnectionTap::on_request_bytes(std::string_view bytes, Instant now) {
  if (http1_) return obey(http1_->on_request_bytes(bytes, now), now);
  if (http2_) return obey(http2_->on_request_bytes(bytes, now), now);
  if (tunnel_) return obey(tunnel_->on_request_bytes(bytes), now);
  if (hello_) return on_hello_bytes(bytes);
  if (protocol_ == ConnectionProtocol::Unknown) on_first_request_bytes(bytes, now);
}

void ConnectionTap::on_first_request_bytes(std::string_view bytes, Instant now) {
  if (undecided_.empty()) first_byte_ = now;
  const auto held = undecided_.size();
  undecided_.append(bytes.substr(0, http::kMostLineEnds + http::kMostBytes));
  const auto detected = http::detect(undecided_);
  const auto first = undecided_.substr(0, held);
  switch (detected) {
    case http::Detected::NotYet: return;
    case http::Detected::Tls: return start_tls(first, bytes);
    case http::Detected::Ssh: return start_server_first();
    case http::Detected::Opaque: return settle(ConnectionProtocol::Opaque);
    case http::Detected::Http1:
    case http::Detected::Http2: break;
  }
  const auto from_server = std::exchange(undecided_response_, {});
  detected == http::Detected::Http1 ? start_http1() : start_http2();
  if (!from_server.empty()) on_response_bytes(from_server, first_byte_);
  if (!first.empty()) on_request_bytes(first, first_byte_);
  on_request_bytes(bytes, now);
}

void ConnectionTap::on_response_bytes(std::string_view bytes, Instant now) {
  if (http1_) {
    const auto verdict = http1_->on_response_bytes(bytes, now);
    if (!verdict.is_switch()) return obey(verdict, now);
    switch_over(verdict.kind, now);
    bytes.remove_prefix(verdict.consumed);
    if (bytes.empty()) return;
  }
  if (http2_) return obey(http2_->on_response_bytes(bytes, now), now);
  if (tunnel_) return obey(tunnel_->on_response_bytes(bytes), now);
  if (is_naming_server_) return on_greeting(bytes);
  if (protocol_ == ConnectionProtocol::Unknown) on_first_response_bytes(bytes, now);
}

void ConnectionTap::on_first_response_bytes(std::string_view bytes, Instant now) {
  const auto held = undecided_response_.size();
  undecided_response_.append(bytes.substr(0, http::kMostBannerBytes));
  const auto detected = http::detect_server_first(undecided_response_);
  if (detected == http::Detected::NotYet) return;
  const auto first = std::exchange(undecided_response_, {}).substr(0, held);
  detected == http::Detected::Http2 ? start_http2() : start_server_first();
  if (!first.empty()) on_response_bytes(first, now);
  on_response_bytes(bytes, now);
}

void ConnectionTap::on_request_end() noexcept {
  if (!first_end_) first_end_ = Ending::ClientWent;
}

void ConnectionTap::on_response_end(Instant now) {
  if (!first_end_) first_end_ = Ending::UpstreamClosed;
  if (http1_) http1_->on_response_end(now);
}

const PendingCall* ConnectionTap::owed_call() noexcept {
  return http1_ ? http1_->owed_call() : nullptr;
}

void ConnectionTap::on_own_answer(std::uint16_t status, std::uint64_t body_bytes, Ending ending,
                                  Instant now) {
  if (http1_) http1_->on_own_answer(status, body_bytes, ending, now);
}

void ConnectionTap::end(Ending ending, Instant now) {
  // Who ends its direction has mostly gone, and the application follows. A client that still read
  // an answer (a half-close) shows by taking its beginning.
  const bool is_read_on = http1_ && http1_->has_begun_to_answer();
  const bool client_ended = first_end_ == Ending::ClientWent;
  if (tunnel_) tunnel_->end(first_end_.value_or(ending), now);
  if (client_ended && !is_read_on && ending == Ending::UpstreamClosed) ending = Ending::ClientWent;
  if (http1_) http1_->end(ending, now);
  if (http2_) http2_->end(ending, now);
  if (std::exchange(is_naming_server_, false))
    connections_.on_server_first(http::name_of(http::ServerBanner::Unknown));
}

bool ConnectionTap::is_idle() const noexcept {
  if (http1_) return http1_->is_idle();
  if (http2_) return http2_->is_idle();
  return protocol_ == ConnectionProtocol::Unknown && undecided_.empty() &&
         undecided_response_.empty();
}

void ConnectionTap::settle(ConnectionProtocol protocol) noexcept {
  // A connection that was read until a doubt counts as what it was.
  const bool is_told =
      protocol_ == ConnectionProtocol::Unknown || protocol != ConnectionProtocol::Opaque;
  protocol_ = protocol;
  undecided_ = {};
  undecided_response_ = {};
  if (is_told) connections_.on_protocol(protocol);
}

void ConnectionTap::start_http1() {
  http1_ = std::make_unique<Http1Tap>(calls_);
  settle(ConnectionProtocol::Http1);
}

void ConnectionTap::start_http2() {
  http2_ = std::make_unique<Http2Tap>(calls_);
  settle(ConnectionProtocol::Http2);
}

void ConnectionTap::start_tls(std::string_view first, std::string_view bytes) {
  hello_ = std::make_unique<http::ClientHelloReader>();
  settle(ConnectionProtocol::Tls);
  on_hello_bytes(first);
  if (hello_) on_hello_bytes(bytes);
}

void ConnectionTap::on_hello_bytes(std::string_view bytes) {
  using Status = http::ClientHelloReader::Status;
  const auto status = hello_->feed(bytes);
  if (status == Status::NeedMore) return;
  if (status == Status::Done) {
    const auto& hello = hello_->hello();
    connections_.on_tls_client(
        {http::tls_version_name(hello.version), hello.server_name, hello.alpn});
  } else {
    connections_.on_doubt(status == Status::TooLarge ? telemetry::TapDoubt::HeadTooLarge
                                                     : telemetry::TapDoubt::MalformedHello);
    settle(ConnectionProtocol::Opaque);
  }
  hello_.reset();
}

void ConnectionTap::start_server_first() {
  settle(ConnectionProtocol::ServerFirst);
  is_naming_server_ = true;
}

void ConnectionTap::on_greeting(std::string_view bytes) {
  undecided_response_.append(bytes.substr(0, http::kMostBannerBytes - undecided_response_.size()));
  const auto banner = http::name_banner(undecided_response_);
  if (banner == http::ServerBanner::NotYet) return;
  is_naming_server_ = false;
  undecided_response_ = {};
  connections_.on_server_first(http::name_of(banner));
}

void ConnectionTap::switch_over(Verdict::Kind kind, Instant now) {
  const auto http1 = std::exchange(http1_, nullptr);
  if (kind == Verdict::Kind::SwitchedToH2) {
    const auto call = http1->upgraded_call();
    http1->forget();
    start_http2();
    http2_->adopt(call);
    return;
  }
  const bool is_websocket = kind == Verdict::Kind::SwitchedToWebSocket;
  http1->forget();
  tunnel_ = std::make_unique<TunnelTap>(
      calls_, is_websocket ? telemetry::StreamKind::WebSocket : telemetry::StreamKind::Tunnel,
      http1->switched_call(), now);
  settle(is_websocket ? ConnectionProtocol::WebSocket : ConnectionProtocol::Tunnel);
}

void ConnectionTap::obey(const Verdict& verdict, Instant now) {
  if (verdict.kind != Verdict::Kind::Doubt) return;
  connections_.on_doubt(verdict.doubt);
  settle(ConnectionProtocol::Opaque);
  if (tunnel_) return;  // it lasts on, and has its duration
  // A response that is none is the service's failure; otherwise the calls go on, unread.
  const bool is_failure = verdict.doubt == telemetry::TapDoubt::MalformedResponse;
  if (is_failure) {
    end(Ending::TapGaveUp, now);
  } else {
    if (http1_) http1_->forget();
    if (http2_) http2_->forget();
  }
  http1_.reset();
  http2_.reset();
}

}  // namespace meshctl::tap
