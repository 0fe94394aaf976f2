#include "cli/inject/layout_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace meshctl::inject {
namespace {

/// One line of block context, as far as its layout goes. Columns count from 0.
struct Layout {
  std::size_t begin = 0;
  std::string_view text;   ///< behind indentation and dashes, without trailing white space
  std::size_t indent = 0;  ///< of the first byte that is no space
  std::size_t column = 0;  ///< of `text`
  bool is_item = false;    ///< begins with a dash
  bool is_blank = false;   ///< empty, or a comment

  bool has_key() const { return text.ends_with(':') || text.find(": ") != std::string_view::npos; }
};

Layout layout_at(std::string_view text, std::size_t begin) {
  const auto end = std::min(text.find('\n', begin), text.size());
  auto line = text.substr(begin, end - begin);
  const auto last = line.find_last_not_of(" \t\r");
  line = line.substr(0, last == std::string_view::npos ? 0 : last + 1);
  Layout layout;
  layout.begin = begin;
  auto at = std::min(line.find_first_not_of(' '), line.size());
  layout.indent = at;
  layout.is_item = line.substr(at) == "-" || line.substr(at, 2) == "- ";
  while (line.substr(at, 2) == "- ") at = line.find_first_not_of(' ', at + 1);
  layout.column = at;
  layout.text = line.substr(at);
  layout.is_blank = layout.text.empty() || layout.text.front() == '#';
  return layout;
}

/// Where the line above the one at `begin` begins; nothing at `floor`.
std::optional<std::size_t> line_above(std::string_view text, std::size_t floor, std::size_t begin) {
  if (begin <= floor || begin == 0) return std::nullopt;
  const auto lf = begin >= 2 ? text.rfind('\n', begin - 2) : std::string_view::npos;
  return lf == std::string_view::npos ? floor : std::max(lf + 1, floor);
}

struct Sibling {
  std::size_t offset = 0;
  std::size_t column = 0;
};

/// The one that the item or key at `column` was meant to stand beside: of those above it that are a
/// few columns off the least far, with nothing between them that is indented less than both.
template <typename ColumnOf>
std::optional<Sibling> near_sibling(std::string_view text, std::size_t floor, std::size_t begin,
                                    std::size_t column, ColumnOf column_of) {
  constexpr std::size_t kSlip = 3;  // chosen: more than that is seldom a slip of the hand
  std::optional<Sibling> nearest;
  auto nearest_off = kSlip + 1;
  for (auto above = line_above(text, floor, begin); above;
       above = line_above(text, floor, *above)) {
    const Layout line = layout_at(text, *above);
    if (line.is_blank) continue;
    if (const std::optional<std::size_t> there = column_of(line)) {
      const auto off = std::max(*there, column) - std::min(*there, column);
      if (off == 0) return std::nullopt;
      if (off < nearest_off) {
        nearest = Sibling{line.begin + *there, *there};
        nearest_off = off;
      }
    }
    if (line.indent < column) break;
  }
  return nearest;
}

std::string beside(std::size_t column, std::size_t sibling) {
  const auto off = std::max(column, sibling) - std::min(column, sibling);
  return fmt::format("{} column{} {} its siblings", off, off == 1 ? "" : "s",
                     column < sibling ? "left of" : "right of");
}

/// How many of the line's first words make up a key: none if the text begins with an indicator.
std::string_view key_candidate(std::string_view text) {
  constexpr std::string_view kIndicators = "\"'[]{}|>&*!%@`#,?";
  if (text.empty() || kIndicators.find(text.front()) != std::string_view::npos) return {};
  return text.substr(0, text.find_first_of(" \t"));
}

std::optional<Diagnostic> missing_colon_in(const SourceText& source, const Layout& line) {
  const auto word = key_candidate(line.text);
  if (line.is_blank || line.has_key() || word.empty()) return std::nullopt;
  const auto offset = line.begin + line.column;
  const auto colon = word.find(':');
  if (colon != std::string_view::npos && colon > 0 && word.size() <= 60) {
    return at(source, offset + colon, Severity::Error, "a space is missing behind this `:`",
              fmt::format("write `{}: {}`", word.substr(0, colon), word.substr(colon + 1)));
  }
  if (line.text.size() > 60) return std::nullopt;
  return at(source, offset, Severity::Error, "this key has no `:` behind it",
            fmt::format("write `{}:{}`, or indent the line if it goes on the text above it", word,
                        line.text.substr(word.size())));
}

}  // namespace

std::optional<Diagnostic> misplaced_item(const SourceText& source, DocumentRange range,
                                         std::size_t offset) {
  const std::string_view text = source.bytes();
  const Layout item = layout_at(text, source.line_begin(offset));
  if (!item.is_item || item.begin < range.begin) return std::nullopt;
  const auto sibling = near_sibling(
      text, range.begin, item.begin, item.indent,
      [](const Layout& line) { return line.is_item ? std::optional(line.indent) : std::nullopt; });
  if (!sibling) return std::nullopt;
  return at(source, item.begin + item.indent, Severity::Error,
            "this item is " + beside(item.indent, sibling->column),
            fmt::format("indent its `-` by {} spaces, as in line {}", sibling->column,
                        source.place(sibling->offset).line));
}

std::optional<Diagnostic> misplaced_key(const SourceText& source, DocumentRange range,
                                        std::size_t offset) {
  const std::string_view text = source.bytes();
  const Layout key = layout_at(text, source.line_begin(offset));
  if (key.is_item || key.is_blank || !key.has_key() || key.begin < range.begin) return std::nullopt;
  const auto sibling =
      near_sibling(text, range.begin, key.begin, key.column, [](const Layout& line) {
        return line.has_key() ? std::optional(line.column) : std::nullopt;
      });
  if (!sibling) return std::nullopt;
  return at(source, key.begin + key.column, Severity::Error,
            "this key is " + beside(key.column, sibling->column),
            fmt::format("indent it by {} spaces, as in line {}", sibling->column,
                        source.place(sibling->offset).line));
}

std::optional<Diagnostic> missing_colon(const SourceText& source, DocumentRange range,
                                        std::size_t offset) {
  const std::string_view text = source.bytes();
  const auto begin = source.line_begin(offset);
  if (auto found = missing_colon_in(source, layout_at(text, begin))) return found;
  for (auto above = line_above(text, range.begin, begin); above;
       above = line_above(text, range.begin, *above)) {
    const Layout line = layout_at(text, *above);
    if (!line.is_blank) return missing_colon_in(source, line);
  }
  return std::nullopt;
}

}  // namespace meshctl::inject
