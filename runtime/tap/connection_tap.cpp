#include "runtime/tap/connection_tap.h"

#include <utility>

#include "runtime/http/detector.h"

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
  if (protocol_ != ConnectionProtocol::Unknown) return;

  if (undecided_.empty()) first_byte_ = now;
  const auto held = undecided_.size();
  undecided_.append(bytes.substr(0, http::kMostBytes + 4));
  const auto detected = http::detect(undecided_);
  switch (detected) {
    case http::Detected::NotYet: return;
    case http::Detected::Tls: return settle(ConnectionProtocol::Tls);
    case http::Detected::Opaque: return settle(ConnectionProtocol::Opaque);
    case http::Detected::Http1:
    case http::Detected::Http2: break;
  }
  const auto first = undecided_.substr(0, held);
  const auto from_server = std::exchange(undecided_response_, {});
  detected == http::Detected::Http1 ? start_http1() : start_http2();
  if (!from_server.empty()) on_response_bytes(from_server, first_byte_);
  if (!first.empty()) on_request_bytes(first, first_byte_);
  on_request_bytes(bytes, now);
}

void ConnectionTap::on_response_bytes(std::string_view bytes, Instant now) {
  if (http1_) {
    const auto verdict = http1_->on_response_bytes(bytes, now);
    if (verdict.kind != Verdict::Kind::SwitchedToH2) return obey(verdict, now);
    upgrade_to_http2();
    bytes.remove_prefix(verdict.consumed);
    if (bytes.empty()) return;
  }
  if (http2_) return obey(http2_->on_response_bytes(bytes, now), now);
  if (protocol_ != ConnectionProtocol::Unknown) return;
  undecided_response_.append(bytes);
  switch (http::detect_server_first(undecided_response_)) {
    case http::Detected::NotYet: return;
    case http::Detected::Http2: break;
    default: return settle(ConnectionProtocol::ServerFirst);
  }
  const auto all = std::exchange(undecided_response_, {});
  start_http2();
  on_response_bytes(all, now);
}

void ConnectionTap::on_response_end(Instant now) {
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
  if (http1_) http1_->end(ending, now);
  if (http2_) http2_->end(ending, now);
}

bool ConnectionTap::is_idle() const noexcept {
  if (http1_) return http1_->is_idle();
  if (http2_) return http2_->is_idle();
  return protocol_ == ConnectionProtocol::Unknown && undecided_.empty() &&
         undecided_response_.empty();
}

void ConnectionTap::settle(ConnectionProtocol protocol) noexcept {
  const bool is_told = protocol_ == ConnectionProtocol::Unknown ||
                       protocol == ConnectionProtocol::Tunnel ||
                       protocol == ConnectionProtocol::Http2;
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

void ConnectionTap::upgrade_to_http2() {
  const auto call = http1_->upgraded_call();
  http1_->forget();
  http1_.reset();
  start_http2();
  http2_->adopt(call);
}

void ConnectionTap::obey(const Verdict& verdict, Instant now) {
  switch (verdict.kind) {
    case Verdict::Kind::Reading:
    case Verdict::Kind::SwitchedToH2: return;
    case Verdict::Kind::Switched: settle(ConnectionProtocol::Tunnel); break;
    case Verdict::Kind::Doubt:
      connections_.on_doubt(verdict.doubt);
      settle(ConnectionProtocol::Opaque);
      break;
  }
  // A response that is none is the service's failure; otherwise the calls go on, unread.
  const bool is_failure = verdict.kind == Verdict::Kind::Doubt &&
                          verdict.doubt == telemetry::TapDoubt::MalformedResponse;
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
