#pragma once

#include <optional>
#include <string>

#include "runtime/http/websocket_parser.h"
#include "runtime/tap/http_call.h"
#include "runtime/telemetry/stream_record.h"

namespace meshctl::tap {

/// Reads along what HTTP/1.x turned to: a WebSocket, whose messages it counts, or any other
/// protocol, of which it counts bytes. Reports one stream, at the end.
class TunnelTap {
 public:
  /// `call` is the one that opened it.
  TunnelTap(telemetry::CallSink& sink, telemetry::StreamKind kind, const PendingCall& call,
            Instant start);
  TunnelTap(const TunnelTap&) = delete;
  TunnelTap& operator=(const TunnelTap&) = delete;

  /// Bytes of either direction. A doubt is told once; the stream lasts on, and only its messages
  /// are no longer counted.
  [[nodiscard]] Verdict on_request_bytes(std::string_view bytes);
  [[nodiscard]] Verdict on_response_bytes(std::string_view bytes);

  /// The connection ends. Last call.
  void end(Ending ending, Instant now);

 private:
  struct Direction {
    http::WebSocketParser parser;
    telemetry::Flow flow;
    std::uint64_t bytes = 0;
  };

  Verdict on_bytes(Direction& from, std::string_view bytes);
  [[nodiscard]] telemetry::ErrorType error_after(Ending ending) const noexcept;

  telemetry::CallSink& sink_;
  const telemetry::StreamKind kind_;
  const std::string path_;
  const std::uint16_t status_;
  const Instant start_;
  Direction client_{http::WebSocketParser(http::WebSocketParser::Sends::Client),
                    telemetry::Flow::Received};
  Direction server_{http::WebSocketParser(http::WebSocketParser::Sends::Server),
                    telemetry::Flow::Sent};
  std::uint16_t close_code_ = 0;
  bool is_read_;
};

}  // namespace meshctl::tap
