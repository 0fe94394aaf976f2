#include "cli/otel_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>

#include "cli/terminal_text.h"

namespace meshctl::cli {
namespace {

constexpr std::string_view kPrefix = "OTEL_";
/// Chosen: values that are meant are shorter; what is longer was meant for something else.
constexpr std::size_t kMostShownBytes = 60;

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/// A `%` that encodes nothing stays: tokens have such.
std::string percent_decoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool has_digits = text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 &&
                            hex_digit(text[i + 2]) >= 0;
    if (!has_digits) {
      decoded += text[i];
      continue;
    }
    decoded += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
    i += 2;
  }
  return decoded;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

std::string lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return lower;
}

OtelVariables otel_variables() {
  OtelVariables found;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view line = *entry;
    const auto equals = line.find('=');
    if (line.starts_with(kPrefix) && equals != std::string_view::npos)
      found.emplace(line.substr(0, equals), line.substr(equals + 1));
  }
  return found;
}

std::optional<OtelReader::Setting> OtelReader::text(Names names) const {
  for (const auto name : names) {
    const auto found = variables_.find(name);
    if (found == variables_.end()) continue;
    const auto value = trimmed(found->second);
    if (!value.empty()) return Setting{name, value};
  }
  return std::nullopt;
}

std::optional<OtelReader::Setting> OtelReader::choice(Names names, Names known) {
  for (const auto name : names) {
    const auto setting = text({name});
    if (!setting) continue;
    const auto* const found = std::ranges::find(known, lower_case(setting->text));
    if (found != known.end()) return Setting{name, *found};
    warn(name, fmt::format("{} is not known, and counts as not set", quoted(setting->text)),
         fmt::format("one of: {}", fmt::join(known, ", ")));
  }
  return std::nullopt;
}

bool OtelReader::is_true(std::string_view name) {
  const auto setting = text({name});
  if (!setting) return false;
  const auto value = lower_case(setting->text);
  if (value != "true" && value != "false")
    warn(name, fmt::format("{} counts as false", quoted(setting->text)), "write true or false");
  return value == "true";
}

std::optional<Duration> OtelReader::milliseconds(Names names, Duration least) {
  for (const auto name : names) {
    const auto setting = text({name});
    if (!setting) continue;
    const auto value = setting->text;
    std::int64_t number = 0;
    const auto parsed = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool is_number = parsed.ec == std::errc{} && parsed.ptr == value.data() + value.size();
    if (is_number && number >= 0 && number <= std::numeric_limits<std::int32_t>::max() &&
        std::chrono::milliseconds(number) >= least) {
      return std::chrono::milliseconds(number);
    }
    warn(name, fmt::format("{} is no time for it, and counts as not set", quoted(value)),
         fmt::format("write a whole number of milliseconds from {} on, such as 10000",
                     std::chrono::duration_cast<std::chrono::milliseconds>(least).count()));
  }
  return std::nullopt;
}

std::optional<OtelReader::Pairs> OtelReader::pairs(std::string_view text) {
  Pairs pairs;
  while (!text.empty()) {
    const auto end = std::min(text.find(','), text.size());
    const auto part = trimmed(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (part.empty()) continue;
    const auto equals = part.find('=');
    if (equals == std::string_view::npos || trimmed(part.substr(0, equals)).empty())
      return std::nullopt;
    pairs.emplace_back(percent_decoded(trimmed(part.substr(0, equals))),
                       percent_decoded(trimmed(part.substr(equals + 1))));
  }
  return pairs;
}

void OtelReader::warn(std::string_view name, std::string_view why, std::string_view cure) {
  warnings_.push_back(fmt::format("{}: {}; {}", name, why, cure));
}

std::string OtelReader::quoted(std::string_view value) {
  const bool is_cut = value.size() > kMostShownBytes;
  return fmt::format("'{}{}'", visible(value.substr(0, kMostShownBytes)), is_cut ? "..." : "");
}

}  // namespace meshctl::cli
