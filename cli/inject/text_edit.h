#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace meshctl::inject {

/// Puts `replacement` in the place of `length` bytes at `offset`. Length 0 inserts before that
/// byte.
struct TextEdit {
  std::size_t offset = 0;
  std::size_t length = 0;
  std::string replacement;

  friend bool operator==(const TextEdit&, const TextEdit&) = default;
};

enum class EditError {
  OutOfRange,  ///< reaches beyond the text
  Overlap,     ///< names a byte that another edit names too
};

/// Applies `edits`, in any order; insertions at one place keep the order given. Every byte that no
/// edit names is kept.
[[nodiscard]] Result<std::string, EditError> apply_edits(std::string_view text,
                                                         std::vector<TextEdit> edits);

/// The edits that take `apply_edits(text, edits)` back to `text`. `edits` must be applicable.
[[nodiscard]] std::vector<TextEdit> invert_edits(std::string_view text,
                                                 std::vector<TextEdit> edits);

}  // namespace meshctl::inject
