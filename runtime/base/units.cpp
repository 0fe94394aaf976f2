#include "runtime/base/units.h"

#include <fmt/format.h>

#include <array>

namespace meshctl {
namespace {

/// Three significant digits: 1.23, 12.3, 123.
std::string three_digits(double value, const char* unit) {
  if (value < 9.995) return fmt::format("{:.2f} {}", value, unit);
  if (value < 99.95) return fmt::format("{:.1f} {}", value, unit);
  return fmt::format("{:.0f} {}", value, unit);
}

}  // namespace

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return fmt::format("{} B", bytes);
  constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  auto value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return three_digits(value, kUnits[unit]);
}

std::string human_duration(Duration duration) {
  const auto ns = duration.count();
  if (ns < 1000) return fmt::format("{} ns", ns);
  const auto value = static_cast<double>(ns);
  if (value < 999.5e3) return three_digits(value / 1e3, "us");
  if (value < 999.5e6) return three_digits(value / 1e6, "ms");
  if (value < 119.5e9) return three_digits(value / 1e9, "s");
  return fmt::format("{:.0f} m", value / 60e9);
}

std::string human_count(std::uint64_t count) {
  if (count < 100'000) return fmt::format("{}", count);
  constexpr std::array kUnits{"k", "M", "G", "T", "P", "E"};
  auto value = static_cast<double>(count) / 1000;
  std::size_t unit = 0;
  while (value >= 999.5 && unit + 1 < kUnits.size()) {
    value /= 1000;
    ++unit;
  }
  return three_digits(value, kUnits[unit]);
}

std::string decimal_seconds(Duration duration) {
  constexpr std::int64_t kSecond = 1'000'000'000;
  const auto ns = duration.count();
  const auto fraction = ns % kSecond;
  if (fraction == 0) return fmt::format("{}", ns / kSecond);
  auto text = fmt::format("{}.{:09}", ns / kSecond, fraction);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

}  // namespace meshctl
