#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "runtime/telemetry/process_usage.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// What tells one push from all others.
struct PushOrigin {
  std::string name_space;  ///< of Kubernetes; may be empty
  /// Of this start of the process: 16 hexadecimal digits by chance.
  std::string instance;
  std::uint64_t sequence = 0;  ///< rises by each push
};

/// The snapshot as a push to the dashboard: one JSON object of the format `meshctl-push-1`, whose
/// schema is in docs/dashboard.md. All counts are since the start of the process, and durations
/// come as raw bins, so that what is lost on the way is in the next one.
[[nodiscard]] std::string push_json(const Snapshot& snapshot, const PushOrigin& origin,
                                    const ProcessUsage& process,
                                    const std::optional<NodeUsage>& node);

}  // namespace meshctl::telemetry
