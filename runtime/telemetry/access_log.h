#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "runtime/telemetry/call_record.h"

namespace meshctl::telemetry {

/// A wall clock time in nanoseconds.
using WallTime = std::chrono::sys_time<std::chrono::nanoseconds>;

/// Appends a call as one JSON line, with its line end, keyed as OpenTelemetry spells it (docs/
/// telemetry.md). `ended` is the wall time of the call's end. `route` may be empty: left out then.
/// Allocates nothing once `out` has the room.
void append_access_line(std::string& out, const CallRecord& call, std::string_view route,
                        WallTime ended);

}  // namespace meshctl::telemetry
