#pragma once

#include <chrono>

namespace meshctl {

/// A point on the monotonic clock. Parsers, taps and counters are given instants; they never ask a
/// clock.
using Instant = std::chrono::steady_clock::time_point;

/// Durations are held in nanoseconds and printed in the unit that their place names.
using Duration = std::chrono::nanoseconds;

/// The time now, in the resolution of the monotonic clock (about 25 ns a call).
inline Instant now() noexcept {
  return std::chrono::steady_clock::now();
}

}  // namespace meshctl
