#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/dashboard/slot.h"
#include "runtime/telemetry/histogram_bins.h"

namespace meshctl::dashboard {

/// Adds up slots of one thing, one behind the other, as Slot::merge() does, but without an
/// allocation for each: a document does it for 30 slots of each row, each second.
class MinuteSum {
 public:
  void clear() noexcept;
  void add(const Slot& later) noexcept;
  /// All since clear(). Valid until the next call of any member.
  [[nodiscard]] const Slot& slot();

 private:
  Slot sum_;
  std::array<std::uint64_t, telemetry::bins::kBins> counts_{};  ///< of the durations
  /// [first_, end_) holds what is not 0 in counts_.
  std::size_t first_ = telemetry::bins::kBins;
  std::size_t end_ = 0;
};

}  // namespace meshctl::dashboard
