#pragma once

#include <optional>

#include "cli/inject/node.h"

namespace meshctl::inject {

/// The number, not below 0, that kubectl reads in a plain scalar, by YAML 1.1: `017623`, `0x36b0`,
/// `14_001`, `8087.0`, `!!int "80"`. Nothing for other nodes (aliases are up to the caller), and
/// for quoted "8087", which is text.
[[nodiscard]] std::optional<double> number_of(const Node& node);

}  // namespace meshctl::inject
