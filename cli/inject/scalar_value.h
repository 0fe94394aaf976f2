#pragma once

#include <optional>
#include <string_view>

#include "cli/inject/node.h"
#include "cli/inject/value.h"

namespace meshctl::inject {

/// What a scalar says: a number if it is a plain decimal one, else text.
[[nodiscard]] Value value_of(const Node& scalar);

/// The scalar that `text` is in YAML, or a null for a word or nothing that means one. Nothing if it
/// is something else.
[[nodiscard]] std::optional<Node> parse_scalar(std::string_view text);

/// The value in `text`, which is one entry, with the white space and comma that part it from
/// others.
[[nodiscard]] std::optional<Node> parse_entry_value(std::string_view text);

}  // namespace meshctl::inject
