#include "runtime/tap/http_call.h"

#include <algorithm>

namespace meshctl::tap {

using telemetry::CallRecord;
using telemetry::ErrorType;

namespace {

/// `/a;jsessionid=1/b` is `/a/b` (RFC 3986, 3.3): they may be secrets.
void cut_parameters(std::string& path) {
  for (auto begin = path.find(';'); begin != std::string::npos; begin = path.find(';', begin))
    path.erase(begin, std::min(path.find('/', begin), path.size()) - begin);
}

}  // namespace

ErrorType error_of(Ending ending) noexcept {
  switch (ending) {
    case Ending::ClientWent: return ErrorType::ClientAbort;
    case Ending::UpstreamClosed: return ErrorType::UpstreamClosed;
    case Ending::UpstreamReset: return ErrorType::UpstreamReset;
    case Ending::UpstreamTimeout: return ErrorType::UpstreamTimeout;
    case Ending::UpstreamRefused: return ErrorType::UpstreamRefused;
    case Ending::TapGaveUp: return ErrorType::ProtocolError;
  }
  return ErrorType::None;
}

std::string_view method_label(std::string_view method) noexcept {
  // Static, for records outlive the text that they were read from.
  constexpr std::string_view kKnown[] = {"GET",   "HEAD",    "POST",    "PUT",  "DELETE",
                                         "PATCH", "OPTIONS", "CONNECT", "TRACE"};
  const auto* known = std::ranges::find(kKnown, method);
  return known != std::end(kKnown) ? *known : "_OTHER";
}

void keep_path_only(std::string& path) {
  path.resize(std::min(path.find_first_of("?#"), path.size()));
  cut_parameters(path);
  const auto scheme_end = path.find("://");
  if (path.starts_with('/') || scheme_end == std::string::npos) return;
  const auto slash = path.find('/', scheme_end + 3);
  path = slash == std::string::npos ? "/" : path.substr(slash);
}

void begin_stream(PendingCall& call, telemetry::StreamKind kind,
                  telemetry::CallSink& sink) noexcept {
  if (call.stream) return;
  call.stream = kind;
  sink.on_active_streams(kind, +1);
}

void leave_flight(const PendingCall& call, telemetry::CallSink& sink) noexcept {
  sink.on_active_calls(-1);
  if (call.stream) sink.on_active_streams(*call.stream, -1);
}

CallRecord record_of(const PendingCall& call, ErrorType error) noexcept {
  CallRecord record;
  record.method = call.method;
  record.path = call.path;
  record.status = call.status;
  record.grpc_status = call.grpc_status;
  record.error = error;
  record.protocol = call.protocol;
  record.stream = call.stream;
  record.request_start = call.request_start;
  record.request_end = call.request_end;
  record.response_start = call.response_start;
  record.response_end = call.response_end;
  record.request_body_bytes = call.request_body_bytes;
  record.response_body_bytes = call.response_body_bytes;
  record.request_messages = call.request_messages;
  record.response_messages = call.response_messages;
  record.trace = call.trace;
  return record;
}

namespace {

telemetry::CallPhase phase_of(const PendingCall& call, Ending ending) noexcept {
  using telemetry::CallPhase;
  if (call.response_done) return CallPhase::Complete;
  if (ending == Ending::UpstreamRefused) return CallPhase::Connect;
  if (call.response_begun) return CallPhase::Body;
  return call.request_done ? CallPhase::Head : CallPhase::Request;
}

}  // namespace

CallRecord record_of_cut(PendingCall& call, Ending ending, Instant now) noexcept {
  // An answer that came whole before its request did (RFC 9110, 9.1: 413) is a good answer. And
  // streams that have no end of their own last until the client has had enough.
  const bool is_endless = call.stream && *call.stream != telemetry::StreamKind::Grpc;
  const bool is_good = call.response_done || (is_endless && ending == Ending::ClientWent);
  const auto error = is_good ? ErrorType::None : error_of(ending);
  const auto phase = phase_of(call, ending);
  if (!call.request_done) call.request_end = call.response_done ? call.response_end : now;
  if (!call.response_begun) call.response_start = now;
  if (!call.response_done) call.response_end = now;
  auto record = record_of(call, error);
  record.phase = phase;
  return record;
}

}  // namespace meshctl::tap
