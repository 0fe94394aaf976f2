#pragma once

#include <string>

#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// The snapshot as one JSON object on one line, without a line end; docs/telemetry.md is its
/// schema. Serves /stats.json and each line of `--output json`.
[[nodiscard]] std::string json_stats(const Snapshot& snapshot);

}  // namespace meshctl::telemetry
