#include "runtime/dashboard/bucket_bins.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace meshctl::dashboard {
namespace {

namespace bins = telemetry::bins;
using Counts = std::array<std::uint64_t, bins::kBins>;

std::uint64_t nanoseconds(double seconds) {
  return static_cast<std::uint64_t>(std::llround(std::clamp(seconds, 0.0, 3600.0) * 1e9));
}

/// How much of (low, high] lies in the bins [first, end).
std::uint64_t overlap(int first, int end, std::uint64_t low, std::uint64_t high) {
  // What is below the lowest bin shares it.
  const auto from = first == 0 ? low : std::max(low, bins::lower_of(first));
  const auto to = std::min(high, bins::lower_of(end - 1) + bins::width_of(end - 1));
  return to > from ? to - from : 0;
}

/// Halves the bins, and gives each half its share, rounded: of a count that rises by one, one
/// half's share does, so no bin ever falls.
void spread(Counts& counts, std::uint64_t count, int first, int end, std::uint64_t low,
            std::uint64_t high) {
  if (count == 0) return;
  if (end - first == 1) {
    counts[static_cast<std::size_t>(first)] += count;
    return;
  }
  const int middle = first + (end - first) / 2;
  const auto left = static_cast<double>(overlap(first, middle, low, high));
  const auto right = static_cast<double>(overlap(middle, end, low, high));
  const double share = left + right > 0 ? left / (left + right) : 1;
  const auto of_left =
      std::min(count, static_cast<std::uint64_t>(std::llround(static_cast<double>(count) * share)));
  spread(counts, of_left, first, middle, low, high);
  spread(counts, count - of_left, middle, end, low, high);
}

}  // namespace

telemetry::HistogramBins bins_of(const CumulativeBuckets& buckets) {
  Counts counts{};
  double bound = 0;
  std::uint64_t below = 0;
  for (const auto& [upper, up_to] : buckets) {
    const auto count = up_to > below ? up_to - below : 0;
    const auto low = nanoseconds(bound);
    if (std::isinf(upper)) {
      counts[static_cast<std::size_t>(bins::index_of(low))] += count;
    } else if (const auto high = nanoseconds(upper); high > low) {
      spread(counts, count, bins::index_of(low), bins::index_of(high - 1) + 1, low, high);
      bound = upper;
    }
    below = std::max(below, up_to);
  }
  telemetry::HistogramBins result;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    result.bins.push_back({static_cast<std::uint16_t>(i), counts[i]});
    result.count += counts[i];
  }
  if (result.is_empty()) return result;
  const int last = result.bins.back().index;
  result.min_ns = bins::lower_of(result.bins.front().index);
  result.max_ns = bins::lower_of(last) + bins::width_of(last) - 1;
  return result;
}

}  // namespace meshctl::dashboard
