#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include "runtime/base/clock.h"

namespace meshctl::telemetry {

/// Calls a second over the last minute, in slots of a second or more.
class RateHistory {
 public:
  static constexpr std::size_t kSlots = 60;

  /// `uptime` rises; `calls` is the count since the start. Sooner than a second after the last slot
  /// nothing happens.
  void add(Duration uptime, std::uint64_t calls);

  /// Oldest first, at most kSlots.
  [[nodiscard]] const std::deque<double>& per_second() const noexcept { return per_second_; }

 private:
  std::deque<double> per_second_;
  Duration last_uptime_{0};
  std::uint64_t last_calls_ = 0;
};

/// A column for each of the last `width` values, from nothing (`▁`) to the highest of them (`█`).
/// What is more than nothing is at least `▂`.
[[nodiscard]] std::string sparkline(const std::deque<double>& values, std::size_t width);

}  // namespace meshctl::telemetry
