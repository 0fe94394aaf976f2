#pragma once

#include <cstdint>
#include <optional>

#include "runtime/telemetry/process_usage.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::dashboard {

/// What happened in one stretch of time to a service, a pod or a route.
struct Slot {
  telemetry::CallTotals usage;  ///< without times to first byte
  /// Of the pod's machine; zero for routes and where the pod did not tell.
  std::uint64_t cpu_busy_ns = 0;
  std::uint64_t cpu_total_ns = 0;
  std::uint64_t memory_bytes = 0;  ///< in use at the end
  std::uint64_t machines = 0;      ///< how many pods' memory that is the sum of

  /// Adds another thing's slot of the same time, or a later slot of the same thing (`later`: its
  /// memory stands, for that is a level).
  void merge(const Slot& other, bool later);
  /// The same but for the usage.
  void merge_machines(const Slot& other, bool later) noexcept;
  /// One pod's machine as it is, and as it was at the end of the slot before; either may not be
  /// known.
  void set_machine(const std::optional<telemetry::NodeUsage>& now,
                   const std::optional<telemetry::NodeUsage>& before) noexcept;
};

}  // namespace meshctl::dashboard
