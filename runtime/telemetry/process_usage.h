#pragma once

#include <cstdint>
#include <optional>

#include "runtime/base/clock.h"

namespace meshctl::telemetry {

/// What the process itself uses, as its caller read it. Left out of the text where unknown.
struct ProcessUsage {
  std::optional<Duration> cpu;
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_fds;
};

/// What the machine uses, as its caller read it (proc(5)).
struct NodeUsage {
  Duration cpu_busy{0};   ///< of all its cores since it started
  Duration cpu_total{0};  ///< the same, and the time in which they had nothing to do
  std::uint64_t memory_used_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
};

}  // namespace meshctl::telemetry
