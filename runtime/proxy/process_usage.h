#pragma once

#include <optional>

#include "runtime/telemetry/process_usage.h"
#include "runtime/telemetry/push_json.h"

namespace meshctl::proxy {

/// What this process uses now.
[[nodiscard]] telemetry::ProcessUsage process_usage();

/// What the machine uses now; nothing where it does not tell.
[[nodiscard]] std::optional<telemetry::NodeUsage> node_usage();

}  // namespace meshctl::proxy
