#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "cli/inject/node.h"

namespace meshctl::inject {

/// The first U+0085, U+2028 or U+2029 from `from` on.
[[nodiscard]] std::optional<std::size_t> next_line_break(std::string_view text, std::size_t from);

/// kubectl reads YAML 1.1, where U+0085, U+2028 and U+2029 end a line (5.4); to the parser that
/// made `root` from text[begin, end) they are characters like any other. The first of them that
/// can make a difference to structure: one in a comment, a plain scalar, a key or the indentation.
/// In a quoted value, and in a block scalar whose indentation goes on behind it, it changes the
/// value at most.
[[nodiscard]] std::optional<std::size_t> find_line_break(std::string_view text, std::size_t begin,
                                                         std::size_t end, const Node& root);

}  // namespace meshctl::inject
