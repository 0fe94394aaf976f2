#pragma once

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/base/clock.h"
#include "runtime/base/endpoint.h"
#include "runtime/base/result.h"

namespace meshctl::cli {

/// A flag that does not make sense, in words for the person who wrote it.
struct UsageProblem {
  std::string problem;
  std::string hint;
};

[[nodiscard]] UsageProblem bad_flag(std::string_view flag, std::string_view why, std::string hint);

/// `250ms`, `5s`, `2m`; a bare number is seconds. Up to a day.
[[nodiscard]] Result<Duration, UsageProblem> read_duration(std::string_view flag,
                                                           std::string_view text);

[[nodiscard]] Result<Endpoint, UsageProblem> read_endpoint(std::string_view flag,
                                                           std::string_view text, PortZeroIs zero);

/// A whole number from `least` to `most`. `what` and `hint` are for the message of another text:
/// "'x' is not WHAT".
[[nodiscard]] Result<std::uint64_t, UsageProblem> read_number(
    std::string_view flag, std::string_view text, std::uint64_t least, std::uint64_t most,
    std::string_view what, std::string hint);

/// The value of the choice that is called `text`.
template <typename Value, std::size_t N>
[[nodiscard]] Result<Value, UsageProblem> choose(
    std::string_view flag, std::string_view text,
    const std::array<std::pair<std::string_view, Value>, N>& choices) {
  std::string names;
  for (const auto& [name, value] : choices) {
    if (text == name) return value;
    names += names.empty() ? "" : ", ";
    names += name;
  }
  return fail(
      bad_flag(flag, fmt::format("there is no '{}'", text), fmt::format("one of: {}", names)));
}

}  // namespace meshctl::cli
