#pragma once

#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"

namespace meshctl::cli {

/// What begins with `OTEL_` in the environment, by name. It is there for the application as often
/// as for us: what sets it in a pod sets it for all containers.
using OtelVariables = std::map<std::string, std::string, std::less<>>;

/// Those of this process.
[[nodiscard]] OtelVariables otel_variables();

/// Reads variables as OpenTelemetry has them (Environment Variable Specification, "Configuration
/// types"; Common Configuration Specification): an empty one is not set, and neither is one that
/// cannot be read, which is a warning. So nothing in them is an error.
class OtelReader {
 public:
  /// The first of several that is set counts: the one for metrics goes before that for all signals.
  using Names = std::initializer_list<std::string_view>;
  using Pairs = std::vector<std::pair<std::string, std::string>>;

  /// A variable that is set, without blanks round it. Lives as long as the reader.
  struct Setting {
    std::string_view name;
    std::string_view text;
  };

  explicit OtelReader(OtelVariables variables) : variables_(std::move(variables)) {}

  [[nodiscard]] std::optional<Setting> text(Names names) const;
  /// One of `known`, which are in lower case; any case is read (Enum).
  [[nodiscard]] std::optional<Setting> choice(Names names, Names known);
  /// `true` in any case (Boolean).
  [[nodiscard]] bool is_true(std::string_view name);
  /// A whole number of milliseconds up to 2^31 - 1 (Duration, Timeout), of which `least` is valid.
  [[nodiscard]] std::optional<Duration> milliseconds(Names names, Duration least);
  /// `key=value,key=value`, percent-encoded (W3C Baggage, 3.3.1; Resource SDK). Nothing, and no
  /// warning, where a part has no key.
  [[nodiscard]] static std::optional<Pairs> pairs(std::string_view text);

  /// From here on none of them is set. What was read before must not be used any more.
  void forget() noexcept { variables_.clear(); }

  /// Adds `NAME: WHY; CURE`. Values of others are not to be in it unless they are quoted().
  void warn(std::string_view name, std::string_view why, std::string_view cure);
  /// A value as it may be shown: bounded, in quotes, without control characters.
  [[nodiscard]] static std::string quoted(std::string_view value);

  /// In the order in which they came up.
  [[nodiscard]] std::vector<std::string>& warnings() noexcept { return warnings_; }

 private:
  OtelVariables variables_;
  std::vector<std::string> warnings_;
};

/// Without blanks round it.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;
/// In lower case, as far as it is ASCII.
[[nodiscard]] std::string lower_case(std::string_view text);

}  // namespace meshctl::cli
