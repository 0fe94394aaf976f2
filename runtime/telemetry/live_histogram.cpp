#include "runtime/telemetry/live_histogram.h"

#include <cstddef>
#include <cstdint>
#include <new>

namespace meshctl::telemetry {

LiveHistogram::~LiveHistogram() {
  for (auto& octave : octaves_) delete octave.load(std::memory_order_relaxed);
}

LiveHistogram::Octave* LiveHistogram::octave(std::size_t index) noexcept {
  Octave* known = octaves_[index].load(std::memory_order_relaxed);
  if (known != nullptr) return known;
  known = new (std::nothrow) Octave{};
  octaves_[index].store(known, std::memory_order_release);
  return known;
}

void LiveHistogram::record(Duration value) noexcept {
  const auto ns = value.count() < 0 ? 0 : static_cast<std::uint64_t>(value.count());
  const auto bin = static_cast<std::size_t>(bins::index_of(ns));
  Octave* counters = octave(bin / bins::kSubBuckets);
  if (counters == nullptr) return;
  // Before the bin: a reader that sees the value counted then mostly sees its extremes too.
  if (ns > max_.read()) max_.set(ns);
  const auto least = min_plus_one_.read();
  if (least == 0 || ns + 1 < least) min_plus_one_.set(ns + 1);
  sum_.add(ns);
  (*counters)[bin % bins::kSubBuckets].add(1);
}

HistogramBins LiveHistogram::read() const {
  HistogramBins result;
  for (std::size_t octave = 0; octave < octaves_.size(); ++octave) {
    const Octave* counters = octaves_[octave].load(std::memory_order_acquire);
    if (counters == nullptr) continue;
    for (std::size_t sub = 0; sub < counters->size(); ++sub) {
      const auto count = (*counters)[sub].read();
      if (count == 0) continue;
      const auto index = static_cast<std::uint16_t>(octave * bins::kSubBuckets + sub);
      result.bins.push_back({index, count});
      result.count += count;
    }
  }
  if (result.is_empty()) return result;
  result.sum_ns = sum_.read();
  result.max_ns = max_.read();
  const auto least = min_plus_one_.read();
  result.min_ns = least == 0 ? 0 : least - 1;
  return result;
}

}  // namespace meshctl::telemetry
