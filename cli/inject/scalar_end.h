#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "cli/inject/node.h"

namespace meshctl::inject {

struct ScalarEnd {
  NodeStyle style;
  std::size_t end;  ///< behind the last byte
};

/// Where the scalar that begins at `begin` ends, given the value that the parser read from there;
/// nothing if text and value do not fit. `parent_column` is that of the mapping key or dash above
/// it, -1 at the root. Style `Absent`: an empty value for which no byte stands.
///
/// A block scalar ends with its last line that is not blank; with its last blank line if it keeps
/// those (`|+`), as they are part of the value. Its final line end never counts.
[[nodiscard]] std::optional<ScalarEnd> find_scalar_end(std::string_view text, std::size_t begin,
                                                       std::string_view value, int parent_column,
                                                       bool block_context);

/// The length of the word for null (`~`, `null`, `Null`, `NULL`) that `text` begins with; 0: none.
[[nodiscard]] std::size_t null_word_length(std::string_view text);

}  // namespace meshctl::inject
