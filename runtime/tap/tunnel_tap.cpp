#include "runtime/tap/tunnel_tap.h"

namespace meshctl::tap {

using http::WebSocketParser;
using telemetry::ErrorType;
using telemetry::MessageProtocol;
using telemetry::StreamKind;
using telemetry::TapDoubt;

TunnelTap::TunnelTap(telemetry::CallSink& sink, StreamKind kind, const PendingCall& call,
                     Instant start)
    : sink_(sink),
      kind_(kind),
      path_(call.path),
      status_(call.status),
      start_(start),
      is_read_(kind == StreamKind::WebSocket) {
  sink_.on_active_streams(kind_, +1);
}

Verdict TunnelTap::on_request_bytes(std::string_view bytes) {
  return on_bytes(client_, bytes);
}

Verdict TunnelTap::on_response_bytes(std::string_view bytes) {
  return on_bytes(server_, bytes);
}

Verdict TunnelTap::on_bytes(Direction& from, std::string_view bytes) {
  from.bytes += bytes.size();
  if (!is_read_) return {};
  const auto messages = from.parser.messages();
  const auto payload = from.parser.payload_bytes();
  const auto status = from.parser.feed(bytes);
  sink_.on_messages(MessageProtocol::WebSocket, from.flow, from.parser.messages() - messages,
                    from.parser.payload_bytes() - payload);
  if (close_code_ == 0) close_code_ = from.parser.close_code();
  if (status == WebSocketParser::Status::Ok) return {};
  is_read_ = false;
  return {Verdict::Kind::Doubt, TapDoubt::MalformedWebSocket, 0};
}

void TunnelTap::end(Ending ending, Instant now) {
  telemetry::StreamRecord record;
  record.kind = kind_;
  record.path = path_;
  record.status = status_;
  record.error = error_after(ending);
  record.start = start_;
  record.end = now;
  record.received_bytes = client_.bytes;
  record.sent_bytes = server_.bytes;
  if (kind_ == StreamKind::WebSocket) {
    record.received_bytes = client_.parser.payload_bytes();
    record.sent_bytes = server_.parser.payload_bytes();
    record.received_messages = client_.parser.messages();
    record.sent_messages = server_.parser.messages();
    record.close_code = close_code_;
  }
  sink_.on_active_streams(kind_, -1);
  sink_.on_stream(record);
}

ErrorType TunnelTap::error_after(Ending ending) const noexcept {
  if (close_code_ != 0) return ErrorType::None;
  // Only a WebSocket that is read has an end that could be missed.
  const bool is_orderly = ending == Ending::ClientWent || ending == Ending::UpstreamClosed;
  return is_orderly && !is_read_ ? ErrorType::None : error_of(ending);
}

}  // namespace meshctl::tap
