#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

namespace meshctl::inject {

/// A quoted scalar; `end` is behind its closing quote.
struct QuotedSpan {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// What is open at some byte of a YAML text.
struct OpenMarks {
  std::optional<std::size_t> quote;       ///< where the quoted scalar opens that the byte is in
  std::vector<std::size_t> brackets;      ///< where each open `[` and `{` stands, innermost last
  std::optional<QuotedSpan> last_quoted;  ///< the last one that was closed before the byte
};

/// Reads text[begin, offset) token by token and tells what is open at `offset`. It serves messages
/// about broken text, so it never fails; it may be wrong where the text is wrong further up.
[[nodiscard]] OpenMarks find_open_marks(std::string_view text, std::size_t begin,
                                        std::size_t offset);

}  // namespace meshctl::inject
