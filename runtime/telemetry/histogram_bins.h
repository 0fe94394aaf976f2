#pragma once

#include <bit>
#include <cstdint>
#include <vector>

#include "runtime/base/clock.h"

namespace meshctl::telemetry {

/// The bins of every duration histogram: log-linear over nanoseconds, 32 of equal width in each
/// octave [2^n, 2^(n+1)). A bin's midpoint is within 1/64 (1.6 %) of each value in it. Durations
/// below 1 us share the bin of 1 us, those above 1 h the bin of 1 h. Bins are numbered from the
/// octave that holds 1 us: bin = (octave - 9) * 32 + sub-bucket.
namespace bins {

inline constexpr int kSubBits = 5;  ///< 32 sub-buckets an octave: DESIGN's 1.6 %
inline constexpr int kSubBuckets = 1 << kSubBits;
inline constexpr std::uint64_t kLowest = 1'000;               ///< 1 us
inline constexpr std::uint64_t kHighest = 3'600'000'000'000;  ///< 1 h
inline constexpr int kFirstOctave = static_cast<int>(std::bit_width(kLowest)) - 1;
inline constexpr int kOctaves = static_cast<int>(std::bit_width(kHighest)) - kFirstOctave;
inline constexpr int kBins = kOctaves * kSubBuckets;

/// The bin of a duration in nanoseconds; both ends are clamped.
constexpr int index_of(std::uint64_t ns) noexcept {
  ns = ns < kLowest ? kLowest : ns > kHighest ? kHighest : ns;
  const int octave = static_cast<int>(std::bit_width(ns)) - 1;
  const int sub = static_cast<int>(ns >> (octave - kSubBits)) - kSubBuckets;
  return (octave - kFirstOctave) * kSubBuckets + sub;
}

/// The least duration of a bin, and how many nanoseconds it spans.
constexpr std::uint64_t lower_of(int bin) noexcept {
  const auto sub = static_cast<std::uint64_t>(bin % kSubBuckets + kSubBuckets);
  return sub << (bin / kSubBuckets + kFirstOctave - kSubBits);
}
constexpr std::uint64_t width_of(int bin) noexcept {
  return std::uint64_t{1} << (bin / kSubBuckets + kFirstOctave - kSubBits);
}
constexpr std::uint64_t midpoint_of(int bin) noexcept {
  return lower_of(bin) + width_of(bin) / 2;
}

}  // namespace bins

/// A histogram at rest: plain data, only the bins that hold something, in rising order.
struct HistogramBins {
  struct Bin {
    std::uint16_t index = 0;
    std::uint64_t count = 0;
    friend bool operator==(const Bin&, const Bin&) = default;
  };
  std::vector<Bin> bins;
  std::uint64_t count = 0;  ///< the sum over `bins`
  std::uint64_t sum_ns = 0;
  /// Exact where the histogram was recorded or merged; the edges of the outer bins where it is a
  /// difference. Both 0 while empty.
  std::uint64_t min_ns = 0;
  std::uint64_t max_ns = 0;

  bool is_empty() const noexcept { return count == 0; }

  /// The value of rank ceil(q * count), q in 0..1: the midpoint of its bin, but never outside
  /// min..max. Within 1.6 % of the exact value from 1 us to 1 h. 0 while empty.
  [[nodiscard]] Duration quantile(double q) const noexcept;
  [[nodiscard]] Duration mean() const noexcept;

  /// Adds what `other` holds: the same as having recorded both in one.
  void merge(const HistogramBins& other);

  /// What was recorded after `earlier`, an older state of this same histogram.
  [[nodiscard]] HistogramBins since(const HistogramBins& earlier) const;

  friend bool operator==(const HistogramBins&, const HistogramBins&) = default;
};

}  // namespace meshctl::telemetry
