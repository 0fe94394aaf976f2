#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/inject/bad_value.h"
#include "cli/inject/node.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// A port as a manifest gives it: a number, or a parameter of an OpenShift template whose number is
/// not known yet. `${PORT}` and `${{PORT}}` are the same port.
struct PortRef {
  std::uint16_t number = 0;  ///< 1 to 65535; 0: a parameter
  std::string parameter;     ///< its name without `${}`; empty: a number

  bool is_number() const { return parameter.empty(); }
  /// `8087` or `${PORT}`. In a longer text a template takes the form `${PORT}` only.
  std::string text() const;

  friend bool operator==(const PortRef&, const PortRef&) = default;
  friend auto operator<=>(const PortRef&, const PortRef&) = default;
};

/// A port number in decimal digits.
[[nodiscard]] Result<std::uint16_t, BadValue> parse_port(std::string_view text);

/// A port given as text, on the command line or in an annotation: decimal digits or a parameter.
[[nodiscard]] std::optional<PortRef> port_from_text(std::string_view text);

/// The port that `node` stands for (aliases are up to the caller), a number as yaml_number.h reads
/// it; nothing if it is none. A quoted "8087" is to Kubernetes a port's name.
[[nodiscard]] std::optional<PortRef> read_port(const Node& node);

/// Whether kubectl reads `node` as the number 0.
[[nodiscard]] bool is_zero(const Node& node);

}  // namespace meshctl::inject
