#pragma once

#include "runtime/telemetry/process_usage.h"

namespace meshctl::proxy {

/// What this process uses now.
[[nodiscard]] telemetry::ProcessUsage process_usage();

}  // namespace meshctl::proxy
