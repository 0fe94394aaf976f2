#include "runtime/dashboard/minute_sum.h"

#include <algorithm>
#include <utility>

namespace meshctl::dashboard {

void MinuteSum::clear() noexcept {
  auto bins = std::move(sum_.usage.duration.bins);
  bins.clear();
  sum_ = {};
  sum_.usage.duration.bins = std::move(bins);  // its memory is used again
  for (std::size_t i = first_; i < end_; ++i) counts_[i] = 0;
  first_ = counts_.size();
  end_ = 0;
}

void MinuteSum::add(const Slot& later) noexcept {
  const auto& other = later.usage.duration;
  auto& durations = sum_.usage.duration;
  if (!other.is_empty()) {
    first_ = std::min<std::size_t>(first_, other.bins.front().index);
    end_ = std::max<std::size_t>(end_, other.bins.back().index + std::size_t{1});
    for (const auto& bin : other.bins) counts_[bin.index] += bin.count;
    durations.min_ns =
        durations.is_empty() ? other.min_ns : std::min(durations.min_ns, other.min_ns);
    durations.max_ns = std::max(durations.max_ns, other.max_ns);
    durations.sum_ns += other.sum_ns;
    durations.count += other.count;
  }
  sum_.usage.merge_counts(later.usage);
  sum_.merge_machines(later, true);
}

const Slot& MinuteSum::slot() {
  auto& bins = sum_.usage.duration.bins;
  bins.clear();
  for (std::size_t i = first_; i < end_; ++i) {
    if (counts_[i] != 0) bins.push_back({static_cast<std::uint16_t>(i), counts_[i]});
  }
  return sum_;
}

}  // namespace meshctl::dashboard
