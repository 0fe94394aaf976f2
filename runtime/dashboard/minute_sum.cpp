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
  sum_.usage.calls += later.usage.calls;
  sum_.usage.errors += later.usage.errors;
  sum_.usage.client_aborts += later.usage.client_aborts;
  sum_.usage.request_body_bytes += later.usage.request_body_bytes;
  sum_.usage.response_body_bytes += later.usage.response_body_bytes;
  for (std::size_t i = 0; i < sum_.usage.by_class.size(); ++i)
    sum_.usage.by_class[i] += later.usage.by_class[i];
  for (std::size_t i = 0; i < sum_.usage.by_failure.size(); ++i)
    sum_.usage.by_failure[i] += later.usage.by_failure[i];
  sum_.cpu_busy_ns += later.cpu_busy_ns;
  sum_.cpu_total_ns += later.cpu_total_ns;
  if (later.machines == 0) return;
  sum_.memory_bytes = later.memory_bytes;
  sum_.machines = later.machines;
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
