#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/text_edit.h"

namespace meshctl::inject {

/// A position for people: both count from 1, the column in characters, not bytes. Line 0 is "no
/// place".
struct Place {
  std::size_t line = 0;
  std::size_t column = 0;

  friend bool operator==(const Place&, const Place&) = default;
};

/// A part of a line round a place. The text is borrowed from its SourceText.
struct Excerpt {
  std::string_view text;
  std::size_t caret = 1;  ///< the place's column in it, from 1
};

/// The bytes of one input with what its lines look like. Never changes after it was made.
class SourceText {
 public:
  /// `name` is how the user called it: a path, or `standard input`.
  SourceText(std::string name, std::string bytes);

  /// The text that `cuts` leave of `original`. Places are still told in `original`, which is the
  /// one that the user can look at. Nothing if `cuts` reach beyond it or overlap.
  static std::optional<SourceText> after_cuts(std::shared_ptr<const SourceText> original,
                                              std::vector<TextEdit> cuts);

  const std::string& name() const { return name_; }
  const std::string& bytes() const { return bytes_; }
  /// The line end of the first line; `\n` when there is none. Inserted lines end with it.
  std::string_view newline() const { return newline_; }
  /// Whether some line ends in another way.
  bool has_mixed_newlines() const { return has_mixed_newlines_; }
  bool has_bom() const;

  /// The offset of the first byte of the line that holds `offset`.
  std::size_t line_begin(std::size_t offset) const;
  /// The offset just before the line end (of one byte or two) of that line, or of the end of file.
  std::size_t line_end(std::size_t offset) const;
  /// Bytes between the start of the line (behind a BOM) and `offset`.
  std::size_t indent(std::size_t offset) const;

  /// Where `offset` is in the text that the user gave.
  Place place(std::size_t offset) const;
  /// At most `columns` characters on either side of `offset`, of its line alone.
  Excerpt excerpt(std::size_t offset, std::size_t columns) const;

 private:
  std::size_t original_offset(std::size_t offset) const;
  std::size_t continuations_before(std::size_t offset) const;

  std::string name_;
  std::string bytes_;
  std::string newline_ = "\n";
  bool has_mixed_newlines_ = false;
  std::vector<std::size_t> line_starts_{0};
  std::shared_ptr<const SourceText> original_;
  std::vector<std::size_t> continuations_;   // UTF-8 continuation bytes before each block
  std::vector<std::size_t> cut_positions_;   // of the cuts, in this text, rising
  std::vector<std::size_t> cut_lengths_{0};  // what the first n cuts took away in all
};

/// The three bytes that may open a UTF-8 file.
inline constexpr std::string_view kBom = "\xEF\xBB\xBF";

}  // namespace meshctl::inject
