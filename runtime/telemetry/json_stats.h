#pragma once

#include <string>

#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// The snapshot as one JSON object on one line, without a line end; docs/telemetry.md is its
/// schema. Serves /stats.json and each line of `--output json`. Raw paths that are withheld are
/// null.
[[nodiscard]] std::string json_stats(const Snapshot& snapshot, RawPaths raw_paths);

}  // namespace meshctl::telemetry
