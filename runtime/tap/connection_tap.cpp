#include "runtime/tap/connection_tap.h"

#include "runtime/http/detector.h"

namespace meshctl::tap {

using telemetry::ConnectionProtocol;

ConnectionTap::ConnectionTap(telemetry::CallSink& calls, ConnectionSink& connections,
                             ProtocolChoice choice) noexcept
    : calls_(calls), connections_(connections) {
  if (choice == ProtocolChoice::Tcp) settle(ConnectionProtocol::Opaque);
  if (choice == ProtocolChoice::Http) start_http1();
}

void ConnectionTap::on_request_bytes(std::string_view bytes, Instant now) {
  if (http1_) return obey(http1_->on_request_bytes(bytes, now), now);
  if (protocol_ != ConnectionProtocol::Unknown) return;

  if (undecided_.empty()) first_byte_ = now;
  const auto held = undecided_.size();
  undecided_.append(bytes.substr(0, http::kMostBytes + 4));
  switch (http::detect(undecided_)) {
    case http::Detected::NotYet: return;
    case http::Detected::Http2: return settle(ConnectionProtocol::Http2);
    case http::Detected::Tls: return settle(ConnectionProtocol::Tls);
    case http::Detected::Opaque: return settle(ConnectionProtocol::Opaque);
    case http::Detected::Http1: break;
  }
  const auto first = undecided_.substr(0, held);
  start_http1();
  if (!first.empty()) obey(http1_->on_request_bytes(first, first_byte_), now);
  if (http1_) obey(http1_->on_request_bytes(bytes, now), now);
}

void ConnectionTap::on_response_bytes(std::string_view bytes, Instant now) {
  if (http1_) return obey(http1_->on_response_bytes(bytes, now), now);
  if (protocol_ == ConnectionProtocol::Unknown) settle(ConnectionProtocol::ServerFirst);
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
}

bool ConnectionTap::is_idle() const noexcept {
  if (http1_) return http1_->is_idle();
  return protocol_ == ConnectionProtocol::Unknown && undecided_.empty();
}

void ConnectionTap::settle(ConnectionProtocol protocol) noexcept {
  const bool is_told =
      protocol_ == ConnectionProtocol::Unknown || protocol == ConnectionProtocol::Tunnel;
  protocol_ = protocol;
  undecided_ = {};
  if (is_told) connections_.on_protocol(protocol);
}

void ConnectionTap::start_http1() {
  http1_ = std::make_unique<Http1Tap>(calls_);
  settle(ConnectionProtocol::Http1);
}

void ConnectionTap::obey(const Http1Tap::Verdict& verdict, Instant now) {
  using Kind = Http1Tap::Verdict::Kind;
  switch (verdict.kind) {
    case Kind::Reading: return;
    case Kind::Switched: settle(ConnectionProtocol::Tunnel); break;
    case Kind::Doubt:
      connections_.on_doubt(verdict.doubt);
      settle(ConnectionProtocol::Opaque);
      break;
  }
  // A response that is none is the service's failure; otherwise the calls go on, unread.
  const bool is_failure =
      verdict.kind == Kind::Doubt && verdict.doubt == telemetry::TapDoubt::MalformedResponse;
  is_failure ? http1_->end(Ending::TapGaveUp, now) : http1_->forget();
  http1_.reset();
}

}  // namespace meshctl::tap
