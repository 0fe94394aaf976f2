#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/telemetry/owned_counter.h"

namespace meshctl::telemetry {

/// Upper bounds of the exported duration buckets in nanoseconds: OpenTelemetry's advice for
/// http.server.request.duration (5 ms to 10 s), carried down to 0.5 ms because localhost answers
/// faster, and up to 60 s because slow calls are the ones asked about.
inline constexpr std::array<std::uint64_t, 19> kDurationBounds{
    500'000,       1'000'000,      2'500'000,      5'000'000,     10'000'000,
    25'000'000,    50'000'000,     75'000'000,     100'000'000,   250'000'000,
    500'000'000,   750'000'000,    1'000'000'000,  2'500'000'000, 5'000'000'000,
    7'500'000'000, 10'000'000'000, 30'000'000'000, 60'000'000'000};

/// Upper bounds of the exported body size buckets in bytes: 0 tells the calls without a body, then
/// powers of 4 from 256 B to 64 MiB (chosen: half a decade a step is enough to tell a list from a
/// record and a record from a file).
inline constexpr std::array<std::uint64_t, 11> kBodyBounds{
    0, 256, 1'024, 4'096, 16'384, 65'536, 262'144, 1'048'576, 4'194'304, 16'777'216, 67'108'864};

/// Exact counts at fixed bounds, at rest. Not cumulative: `counts[i]` is above bound i-1 and at or
/// below bound i; the last one is above all bounds.
template <std::size_t Bounds>
struct BucketCounts {
  std::array<std::uint64_t, Bounds + 1> counts{};
  std::uint64_t sum = 0;

  std::uint64_t count() const noexcept {
    std::uint64_t total = 0;
    for (const auto n : counts) total += n;
    return total;
  }
  void merge(const BucketCounts& other) noexcept {
    for (std::size_t i = 0; i < counts.size(); ++i) counts[i] += other.counts[i];
    sum += other.sum;
  }
  friend bool operator==(const BucketCounts&, const BucketCounts&) = default;
};

using DurationCounts = BucketCounts<kDurationBounds.size()>;
using BodyCounts = BucketCounts<kBodyBounds.size()>;

/// The live form: one thread records, any thread reads.
template <const auto& Bounds>
class ClassicBuckets {
 public:
  using Counts = BucketCounts<Bounds.size()>;

  /// Returns the bucket.
  std::size_t record(std::uint64_t value) noexcept {
    std::size_t bucket = 0;
    for (const auto bound : Bounds) bucket += value > bound ? 1 : 0;
    counts_[bucket].add(1);
    sum_.add(value);
    return bucket;
  }

  [[nodiscard]] Counts read() const noexcept {
    Counts result;
    for (std::size_t i = 0; i < counts_.size(); ++i) result.counts[i] = counts_[i].read();
    result.sum = sum_.read();
    return result;
  }

 private:
  std::array<OwnedCounter, Bounds.size() + 1> counts_{};
  OwnedCounter sum_;
};

}  // namespace meshctl::telemetry
