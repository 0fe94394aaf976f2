#include "runtime/telemetry/named_counts.h"

namespace meshctl::telemetry {

void NamedCounts::count(std::string_view name) {
  const std::lock_guard lock(mutex_);
  const auto known = counts_.find(name);
  if (known != counts_.end()) {
    ++known->second;
  } else {
    ++counts_[std::string(counts_.size() < kMostNames ? name : kOther)];
  }
}

void NamedCounts::add_to(NameTotals& totals) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, count] : counts_) totals[name] += count;
}

NameTotals difference(const NameTotals& later, const NameTotals& earlier) {
  NameTotals result;
  for (const auto& [name, count] : later) {
    const auto old = earlier.find(name);
    const auto more = count - (old == earlier.end() ? 0 : old->second);
    if (more != 0) result.emplace(name, more);
  }
  return result;
}

}  // namespace meshctl::telemetry
