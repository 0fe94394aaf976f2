#include <algorithm>

#include "runtime/telemetry/prometheus_text.h"

namespace meshctl::telemetry {
namespace {

constexpr std::string_view kBlank = " \t";

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) + 1 - first);
}

/// Cuts the part before `separator` off the front of `text`.
std::string_view take_part(std::string_view& text, char separator) noexcept {
  const auto end = std::min(text.find(separator), text.size());
  const auto part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return trimmed(part);
}

bool is_same(std::string_view text, std::string_view lower) noexcept {
  const auto same = [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b); };
  return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), same);
}

/// A quality value in thousandths (RFC 9110, 12.4.2); one that is none counts as 0.
int thousandths(std::string_view text) noexcept {
  if (text == "1" || (text.starts_with("1.") && text.size() <= 5 &&
                      text.find_first_not_of('0', 2) == std::string_view::npos))
    return 1000;
  if (text.empty() || text.front() != '0') return 0;
  if (text.size() > 5 || (text.size() > 1 && text[1] != '.')) return 0;
  int value = 0;
  for (std::size_t i = 2; i < 5; ++i) {
    const char digit = i < text.size() ? text[i] : '0';
    if (digit < '0' || digit > '9') return 0;
    value = value * 10 + (digit - '0');
  }
  return value;
}

struct Range {
  std::string_view type;
  std::string_view version;
  int quality = 1000;
};

Range read_range(std::string_view text) noexcept {
  Range range;
  range.type = take_part(text, ';');
  while (!text.empty()) {
    auto value = take_part(text, ';');
    const auto name = take_part(value, '=');
    if (value.size() > 1 && value.front() == '"' && value.back() == '"')
      value = value.substr(1, value.size() - 2);
    if (is_same(name, "version")) range.version = value;
    if (is_same(name, "q")) range.quality = thousandths(value);
  }
  return range;
}

}  // namespace

TextFormat format_for(std::string_view accept) noexcept {
  int open_metrics = 0;
  int plain = 0;
  while (!accept.empty()) {
    const Range range = read_range(take_part(accept, ','));
    const auto is_version = [&](std::string_view ours) {
      return range.version.empty() || range.version == ours;
    };
    if (is_same(range.type, "application/openmetrics-text") && is_version("1.0.0"))
      open_metrics = std::max(open_metrics, range.quality);
    if (is_same(range.type, "text/plain") && is_version("0.0.4"))
      plain = std::max(plain, range.quality);
  }
  return open_metrics > 0 && open_metrics >= plain ? TextFormat::OpenMetrics
                                                   : TextFormat::Prometheus;
}

}  // namespace meshctl::telemetry
