#pragma once

#include <array>
#include <chrono>
#include <string>
#include <string_view>

#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/stream_record.h"

namespace meshctl::telemetry {

/// A wall clock time in nanoseconds.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Who ended a call, and in which phase: two letters in the manner of HAProxy's termination state
/// (HAProxy configuration manual, 8.5). First `-` nobody before its time, `C` the client, `S` the
/// application, `s` a wait for the application that ran out, `P` the reading of the bytes. Then `-`
/// complete, `C` connecting, `R` request, `H` answer's head, `D` answer's body.
[[nodiscard]] std::array<char, 2> termination_flags(ErrorType error, CallPhase phase) noexcept;

/// Appends a call as one line of text, with its line end, in printable ASCII only:
/// `TIME FLAGS STATUS DURATION TTFB IN OUT "METHOD PATH VERSION" ROUTE ERROR` (docs/telemetry.md).
/// What there is not is `-`.
void append_access_text(std::string& out, const CallRecord& call, std::string_view route,
                        WallTime ended);
/// The same for what a call turned to; its method stands as the kind of the stream.
void append_stream_text(std::string& out, const StreamRecord& stream, std::string_view route,
                        WallTime ended);

/// Appends a call as one JSON line, with its line end, keyed as OpenTelemetry spells it (docs/
/// telemetry.md). `ended` is the wall time of the call's end. `route` may be empty: left out then.
/// Allocates nothing once `out` has the room.
void append_access_line(std::string& out, const CallRecord& call, std::string_view route,
                        WallTime ended);

/// The same for what a call turned to, WebSocket or tunnel, at its end.
void append_stream_line(std::string& out, const StreamRecord& stream, std::string_view route,
                        WallTime ended);

}  // namespace meshctl::telemetry
