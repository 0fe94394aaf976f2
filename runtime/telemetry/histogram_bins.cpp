#include "runtime/telemetry/histogram_bins.h"

#include <algorithm>
#include <cmath>

namespace meshctl::telemetry {

Duration HistogramBins::quantile(double q) const noexcept {
  if (is_empty()) return Duration{0};
  const double exact_rank = std::ceil(std::clamp(q, 0.0, 1.0) * static_cast<double>(count));
  const auto rank = std::clamp(static_cast<std::uint64_t>(exact_rank), std::uint64_t{1}, count);
  std::uint64_t seen = 0;
  for (const Bin& bin : bins) {
    seen += bin.count;
    if (seen < rank) continue;
    const auto ns = std::clamp(bins::midpoint_of(bin.index), min_ns, max_ns);
    return Duration{static_cast<Duration::rep>(ns)};
  }
  return Duration{static_cast<Duration::rep>(max_ns)};
}

Duration HistogramBins::mean() const noexcept {
  return Duration{is_empty() ? 0 : static_cast<Duration::rep>(sum_ns / count)};
}

void HistogramBins::merge(const HistogramBins& other) {
  if (other.is_empty()) return;
  min_ns = is_empty() ? other.min_ns : std::min(min_ns, other.min_ns);
  max_ns = std::max(max_ns, other.max_ns);
  count += other.count;
  sum_ns += other.sum_ns;
  std::vector<Bin> merged;
  merged.reserve(std::max(bins.size(), other.bins.size()));
  auto mine = bins.begin();
  for (const Bin& theirs : other.bins) {
    while (mine != bins.end() && mine->index < theirs.index) merged.push_back(*mine++);
    if (mine != bins.end() && mine->index == theirs.index) {
      merged.push_back({theirs.index, mine++->count + theirs.count});
    } else {
      merged.push_back(theirs);
    }
  }
  merged.insert(merged.end(), mine, bins.end());
  bins = std::move(merged);
}

HistogramBins HistogramBins::since(const HistogramBins& earlier) const {
  if (earlier.is_empty()) return *this;
  HistogramBins result;
  auto old = earlier.bins.begin();
  for (const Bin& bin : bins) {
    while (old != earlier.bins.end() && old->index < bin.index) ++old;
    const bool both = old != earlier.bins.end() && old->index == bin.index;
    const auto added = bin.count - (both ? old->count : 0);
    if (added == 0) continue;
    result.bins.push_back({bin.index, added});
    result.count += added;
  }
  if (result.is_empty()) return result;
  result.sum_ns = sum_ns - earlier.sum_ns;
  // The outer bins' edges, narrowed by what is known of the whole.
  const int first = result.bins.front().index;
  const int last = result.bins.back().index;
  result.min_ns = first == 0 ? min_ns : std::max(min_ns, bins::lower_of(first));
  result.max_ns = last == bins::index_of(bins::kHighest)
                      ? max_ns
                      : std::min(max_ns, bins::lower_of(last) + bins::width_of(last) - 1);
  return result;
}

}  // namespace meshctl::telemetry
