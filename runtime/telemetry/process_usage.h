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

}  // namespace meshctl::telemetry
