#pragma once

#include <array>
#include <atomic>
#include <memory>

#include "runtime/base/clock.h"
#include "runtime/telemetry/histogram_bins.h"
#include "runtime/telemetry/owned_counter.h"

namespace meshctl::telemetry {

/// A histogram that one thread records into while any thread reads it. An octave's 256 bytes are
/// allocated when the first value falls into it, so one that saw values between 0.5 and 64 ms takes
/// about 2 KB and an empty one 300 bytes.
class LiveHistogram {
 public:
  LiveHistogram() = default;
  ~LiveHistogram();
  LiveHistogram(const LiveHistogram&) = delete;
  LiveHistogram& operator=(const LiveHistogram&) = delete;

  /// Counts one value; a negative one counts as 0. The owner's thread only. Out of memory, the
  /// value is lost and the process goes on.
  void record(Duration value) noexcept;

  /// A copy, taken on any thread: each bin is as it was at some instant of the call.
  [[nodiscard]] HistogramBins read() const;

 private:
  using Octave = std::array<OwnedCounter, bins::kSubBuckets>;

  Octave* octave(std::size_t index) noexcept;

  std::array<std::atomic<Octave*>, bins::kOctaves> octaves_{};
  OwnedCounter sum_;
  OwnedCounter min_plus_one_;  ///< 0: nothing recorded
  OwnedCounter max_;
};

}  // namespace meshctl::telemetry
