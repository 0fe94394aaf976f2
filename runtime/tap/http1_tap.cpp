#include "runtime/tap/http1_tap.h"

#include <algorithm>

#include "runtime/base/assert.h"

namespace meshctl::tap {
namespace {

using http::BodyRule;
using http::Http1Parser;
using telemetry::ErrorType;
using telemetry::TapDoubt;

}  // namespace

Http1Tap::Http1Tap(telemetry::CallSink& sink) noexcept : sink_(sink) {}

Verdict Http1Tap::on_request_bytes(std::string_view bytes, Instant now) {
  now_ = now;
  // Data behind a CONNECT that nobody has accepted yet: HTTP or not, only the answer would tell.
  if (awaits_tunnel_) return {Verdict::Kind::Doubt, TapDoubt::MalformedRequest, 0};
  const auto progress = request_parser_.feed(bytes);
  if (too_many_pending_) return {Verdict::Kind::Doubt, TapDoubt::TooManyPending, 0};
  if (progress.status == Http1Parser::Status::Switched) {
    awaits_tunnel_ = true;
    if (progress.consumed < bytes.size())
      return {Verdict::Kind::Doubt, TapDoubt::MalformedRequest, 0};
    return {};
  }
  return doubt_of(progress.status, TapDoubt::MalformedRequest);
}

Verdict Http1Tap::on_response_bytes(std::string_view bytes, Instant now) {
  now_ = now;
  const auto progress = response_parser_.feed(bytes);
  if (unexpected_response_) return {Verdict::Kind::Doubt, TapDoubt::UnexpectedResponse, 0};
  if (progress.status == Http1Parser::Status::Switched) {
    const auto kind = is_h2c_         ? Verdict::Kind::SwitchedToH2
                      : is_websocket_ ? Verdict::Kind::SwitchedToWebSocket
                                      : Verdict::Kind::Switched;
    return {kind, {}, progress.consumed};
  }
  return doubt_of(progress.status, TapDoubt::MalformedResponse);
}

void Http1Tap::on_response_end(Instant now) {
  now_ = now;
  // A message that was cut short stays pending, and end() says why.
  static_cast<void>(response_parser_.finish());
}

void Http1Tap::on_own_answer(std::uint16_t status, std::uint64_t body_bytes, Ending ending,
                             Instant now) {
  auto* call = answered_call();
  MESHCTL_ASSERT(call != nullptr);
  if (!call->request_done) call->request_end = now;
  call->status = status;
  call->response_body_bytes = body_bytes;
  call->response_start = now;
  call->response_end = now;
  leave_flight(*call, sink_);
  auto record = record_of(*call, error_of(ending));
  record.phase = telemetry::CallPhase::Connect;
  sink_.on_call(record);
  calls_.pop_front();
}

void Http1Tap::forget() noexcept {
  if (head_is_open_) calls_.pop_back();
  head_is_open_ = false;
  for (; !calls_.is_empty(); calls_.pop_front()) leave_flight(calls_.front(), sink_);
}

void Http1Tap::end(Ending ending, Instant now) {
  now_ = now;
  if (head_is_open_) calls_.pop_back();
  head_is_open_ = false;
  for (; !calls_.is_empty(); calls_.pop_front()) {
    leave_flight(calls_.front(), sink_);
    sink_.on_call(record_of_cut(calls_.front(), ending, now));
  }
}

Verdict Http1Tap::doubt_of(Http1Parser::Status status, TapDoubt malformed) const {
  switch (status) {
    case Http1Parser::Status::Ok:
    case Http1Parser::Status::Switched: return {};
    case Http1Parser::Status::Malformed: return {Verdict::Kind::Doubt, malformed, 0};
    case Http1Parser::Status::HeadTooLarge:
      return {Verdict::Kind::Doubt, TapDoubt::HeadTooLarge, 0};
  }
  return {};
}

PendingCall* Http1Tap::answered_call() noexcept {
  if (calls_.is_empty()) return nullptr;
  auto& oldest = calls_.front();
  // A request whose head is not complete can be owed no answer yet; one answer is all that is owed.
  const bool is_open_head = head_is_open_ && &oldest == &calls_.back();
  return is_open_head || oldest.response_done ? nullptr : &oldest;
}

void Http1Tap::report_if_done() noexcept {
  const auto& oldest = calls_.front();
  if (!oldest.request_done || !oldest.response_done) return;
  report(oldest, ErrorType::None);
  calls_.pop_front();
}

void Http1Tap::report(const PendingCall& call, ErrorType error) noexcept {
  leave_flight(call, sink_);
  sink_.on_call(record_of(call, error));
}

void Http1Tap::Requests::on_message_begin() noexcept {
  watch.begin();
  if (tap.calls_.is_full()) {
    tap.too_many_pending_ = true;
    return;
  }
  tap.calls_.add().request_start = tap.now_;
  tap.head_is_open_ = true;
}

void Http1Tap::Requests::on_target(std::string_view part) noexcept {
  if (tap.too_many_pending_) return;
  auto& path = tap.calls_.back().path;
  path.append(part.substr(0, kMostPathBytes - path.size()));
}

BodyRule Http1Tap::Requests::on_head(const http::Http1Head& head) noexcept {
  if (tap.too_many_pending_) return BodyRule::FromHead;
  auto& call = tap.calls_.back();
  tap.head_is_open_ = false;
  call.method = method_label(head.method);
  call.protocol =
      head.is_version_10 ? telemetry::CallProtocol::Http10 : telemetry::CallProtocol::Http11;
  call.trace = watch.trace();
  keep_path_only(call.path);
  tap.sink_.on_active_calls(+1);
  return BodyRule::FromHead;
}

void Http1Tap::Requests::on_body(std::uint64_t bytes) noexcept {
  if (!tap.too_many_pending_) tap.calls_.back().request_body_bytes += bytes;
}

void Http1Tap::Requests::on_message_end() noexcept {
  if (tap.too_many_pending_) return;
  auto& call = tap.calls_.back();
  call.request_done = true;
  call.request_end = tap.now_;
  tap.report_if_done();
}

void Http1Tap::Responses::on_message_begin() noexcept {
  watch.begin();
  auto* call = tap.answered_call();
  if (call == nullptr) {
    tap.unexpected_response_ = true;
    return;
  }
  if (call->response_begun) return;  // an interim response came before
  call->response_begun = true;
  call->response_start = tap.now_;
}

BodyRule Http1Tap::Responses::on_head(const http::Http1Head& head) noexcept {
  auto* call = tap.answered_call();
  if (call == nullptr) {
    tap.unexpected_response_ = true;
    return BodyRule::FromHead;
  }
  // RFC 9110, 15.2: a 1xx precedes the answer, but for 101, which is one.
  tap.is_interim_ = head.status < 200 && head.status != 101;
  if (tap.is_interim_) return BodyRule::FromHead;
  constexpr std::uint16_t kSwitchingProtocols = 101;
  const bool is_switch = head.status == kSwitchingProtocols;
  tap.is_h2c_ = is_switch && watch.is_h2c();
  tap.is_websocket_ = is_switch && watch.is_websocket();
  call->status = head.status;
  if (is_switch) tap.switched_ = std::make_unique<PendingCall>(*call);
  if (head.status < 300 && watch.is_event_stream() && call->method != "HEAD")
    begin_stream(*call, telemetry::StreamKind::EventStream, tap.sink_);
  if (call->method == "CONNECT" && tap.awaits_tunnel_) {
    if (head.status < 300) {
      tap.switched_ = std::make_unique<PendingCall>(*call);
      return BodyRule::Tunnel;
    }
    tap.awaits_tunnel_ = false;
    tap.request_parser_.resume();
  }
  return call->method == "HEAD" ? BodyRule::None : BodyRule::FromHead;
}

void Http1Tap::Responses::on_body(std::uint64_t bytes) noexcept {
  if (auto* call = tap.answered_call()) call->response_body_bytes += bytes;
}

void Http1Tap::Responses::on_message_end() noexcept {
  auto* call = tap.answered_call();
  if (tap.is_interim_ || tap.is_h2c_ || call == nullptr) return;
  call->response_done = true;
  call->response_end = tap.now_;
  tap.report_if_done();
}

}  // namespace meshctl::tap
