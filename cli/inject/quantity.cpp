#include "cli/inject/quantity.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace meshctl::inject {
namespace {

struct Suffix {
  std::string_view text;
  double factor = 1;
};

constexpr double kKibi = 1024;
constexpr std::array kSuffixes{
    Suffix{"", 1},
    Suffix{"n", 1e-9},
    Suffix{"u", 1e-6},
    Suffix{"m", 1e-3},
    Suffix{"k", 1e3},
    Suffix{"M", 1e6},
    Suffix{"G", 1e9},
    Suffix{"T", 1e12},
    Suffix{"P", 1e15},
    Suffix{"E", 1e18},
    Suffix{"Ki", kKibi},
    Suffix{"Mi", kKibi* kKibi},
    Suffix{"Gi", kKibi* kKibi* kKibi},
    Suffix{"Ti", kKibi* kKibi* kKibi* kKibi},
    Suffix{"Pi", kKibi* kKibi* kKibi* kKibi* kKibi},
    Suffix{"Ei", kKibi* kKibi* kKibi* kKibi* kKibi* kKibi},
};

std::optional<double> parse_factor(std::string_view text) {
  const auto known = std::ranges::find(kSuffixes, text, &Suffix::text);
  if (known != kSuffixes.end()) return known->factor;
  if (text.front() != 'e' && text.front() != 'E') return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with("+-")) return std::nullopt;
  if (text.starts_with('+')) text.remove_prefix(1);
  int exponent = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), exponent);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return std::pow(10.0, exponent);
}

}  // namespace

std::optional<double> parse_quantity(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto number = text.substr(0, text.find_first_not_of("0123456789."));
  double value = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), value,
                                            std::chars_format::fixed);
  if (error != std::errc() || end != number.data() + number.size()) return std::nullopt;
  const auto factor = parse_factor(text.substr(number.size()));
  if (!factor || !std::isfinite(value * *factor)) return std::nullopt;
  return value * *factor;
}

}  // namespace meshctl::inject
