#include "cli/flag_values.h"

#include <charconv>
#include <optional>

namespace meshctl::cli {
namespace {

/// Chosen: a day. Longer waits are mistakes, and would overflow further on.
constexpr double kLongestNanoseconds = 86'400e9;

/// `250ms`, `5s`, `2m`; a bare number is seconds.
std::optional<Duration> parse_duration(std::string_view text) {
  double value = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
  if (parsed.ec != std::errc{} || !(value >= 0)) return std::nullopt;  // NaN is no duration either
  const auto unit = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  constexpr std::array<std::pair<std::string_view, double>, 4> kUnits{
      {{"ms", 1e6}, {"s", 1e9}, {"", 1e9}, {"m", 60e9}}};
  for (const auto& [name, nanoseconds] : kUnits) {
    if (unit != name) continue;
    if (value * nanoseconds > kLongestNanoseconds) return std::nullopt;
    return Duration(static_cast<std::int64_t>(value * nanoseconds));
  }
  return std::nullopt;
}

}  // namespace

UsageProblem bad_flag(std::string_view flag, std::string_view why, std::string hint) {
  return {fmt::format("{}: {}", flag, why), std::move(hint)};
}

Result<Duration, UsageProblem> read_duration(std::string_view flag, std::string_view text) {
  const auto duration = parse_duration(text);
  if (!duration) {
    return fail(bad_flag(flag, fmt::format("'{}' is not a duration", text),
                         "write a number and a unit, such as 250ms, 5s or 2m"));
  }
  return *duration;
}

Result<Endpoint, UsageProblem> read_endpoint(std::string_view flag, std::string_view text,
                                             PortZeroIs zero) {
  const auto endpoint = parse_endpoint(text, zero);
  if (!endpoint) {
    return fail(
        bad_flag(flag, describe(endpoint.error(), text),
                 fmt::format("write {}", zero == PortZeroIs::Refused
                                             ? "PORT or HOST:PORT, such as 8087"
                                             : "PORT or ADDR:PORT, such as 14001 or '*:14001'")));
  }
  return *endpoint;
}

Result<std::uint64_t, UsageProblem> read_number(std::string_view flag, std::string_view text,
                                                std::uint64_t least, std::uint64_t most,
                                                std::string_view what, std::string hint) {
  std::uint64_t number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_number = parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
  if (is_number && number >= least && number <= most) return number;
  return fail(bad_flag(flag, fmt::format("'{}' is not {}", text, what), std::move(hint)));
}

}  // namespace meshctl::cli
