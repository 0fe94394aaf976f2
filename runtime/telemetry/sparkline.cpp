#include "runtime/telemetry/sparkline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>

namespace meshctl::telemetry {

void RateHistory::add(Duration uptime, std::uint64_t calls) {
  const double seconds = std::chrono::duration<double>(uptime - last_uptime_).count();
  // A timer comes a little early at times.
  if (seconds < 0.95) return;
  per_second_.push_back(static_cast<double>(calls - last_calls_) / seconds);
  if (per_second_.size() > kSlots) per_second_.pop_front();
  last_uptime_ = uptime;
  last_calls_ = calls;
}

std::string sparkline(const std::deque<double>& values, std::size_t width) {
  constexpr std::array<std::string_view, 7> kLevels{"▂", "▃", "▄", "▅", "▆", "▇", "█"};
  const auto skipped = values.size() - std::min(values.size(), width);
  const auto begin = values.begin() + static_cast<std::ptrdiff_t>(skipped);
  const double highest = begin == values.end() ? 0 : *std::max_element(begin, values.end());
  std::string out;
  for (auto value = begin; value != values.end(); ++value) {
    if (*value <= 0) {
      out += "▁";
      continue;
    }
    const auto level = static_cast<std::size_t>(std::ceil(*value / highest * kLevels.size()));
    out += kLevels[std::clamp<std::size_t>(level, 1, kLevels.size()) - 1];
  }
  return out;
}

}  // namespace meshctl::telemetry
