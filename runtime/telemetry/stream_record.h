#pragma once

#include <cstdint>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/telemetry/call_record.h"

namespace meshctl::telemetry {

/// What HTTP/1.x turned to after a 101 or a CONNECT, as the tap saw it. The views live as long as
/// the call that hands the record over. A stream that is a call (see CallRecord::stream) has none.
struct StreamRecord {
  StreamKind kind = StreamKind::Tunnel;
  /// Of the call that opened it, as CallRecord::path.
  std::string_view path;
  std::uint16_t status = 0;
  ErrorType error = ErrorType::None;
  /// From the answer's head to the end of the connection.
  Instant start;
  Instant end;
  /// WebSocket: payload of text and binary messages. Tunnel: all bytes.
  std::uint64_t received_bytes = 0;  ///< from the client
  std::uint64_t sent_bytes = 0;      ///< from the application
  /// WebSocket only: complete messages.
  std::uint64_t received_messages = 0;
  std::uint64_t sent_messages = 0;
  /// WebSocket only: why it was closed, told by whoever said so first (RFC 6455, 7.4); 0: nobody.
  std::uint16_t close_code = 0;

  Duration duration() const noexcept { return end - start; }
};

}  // namespace meshctl::telemetry
