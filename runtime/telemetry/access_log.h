#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/stream_record.h"

namespace meshctl::telemetry {

/// A wall clock time in nanoseconds.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Appends a call as one JSON line, with its line end, keyed as OpenTelemetry spells it (docs/
/// telemetry.md). `ended` is the wall time of the call's end. `route` may be empty: left out then.
/// Allocates nothing once `out` has the room.
void append_access_line(std::string& out, const CallRecord& call, std::string_view route,
                        WallTime ended);

/// The same for what a call turned to, WebSocket or tunnel, at its end.
void append_stream_line(std::string& out, const StreamRecord& stream, WallTime ended);

}  // namespace meshctl::telemetry
