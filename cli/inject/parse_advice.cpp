#include "cli/inject/parse_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

namespace meshctl::inject {
namespace {

struct DashLine {
  std::size_t begin;   ///< of the line
  std::size_t column;  ///< of the dash, from 0
};

/// Reads the line at `begin` as an item of a block sequence.
std::optional<DashLine> dash_line(std::string_view text, std::size_t begin) {
  const auto first = text.find_first_not_of(' ', begin);
  if (first == std::string_view::npos || text[first] != '-') return std::nullopt;
  if (first + 1 < text.size() && text[first + 1] != ' ' && text[first + 1] != '\n') {
    return std::nullopt;
  }
  return DashLine{begin, first - begin};
}

/// The item that the one at `begin` was meant to stand beside: the nearest one above it that is a
/// few columns off, with nothing between them that is indented less than both.
std::optional<DashLine> near_sibling(std::string_view text, std::size_t floor,
                                     const DashLine& item) {
  constexpr std::size_t kSlip = 3;  // chosen: more than that is seldom a slip of the hand
  for (auto begin = item.begin; begin > floor;) {
    const auto lf = begin >= 2 ? text.rfind('\n', begin - 2) : std::string_view::npos;
    begin = lf == std::string_view::npos ? floor : std::max(lf + 1, floor);
    const auto above = dash_line(text, begin);
    if (above) {
      const auto low = std::min(above->column, item.column);
      const auto high = std::max(above->column, item.column);
      if (high != low && high - low <= kSlip) return above;
      if (high == low) return std::nullopt;
    }
    const auto first = text.find_first_not_of(" \r\n", begin);
    if (first != std::string_view::npos && first - begin < item.column && text[first] != '#') {
      const bool blank = text.find('\n', begin) < first;
      if (!blank) return std::nullopt;
    }
  }
  return std::nullopt;
}

std::string columns(std::size_t count) {
  return fmt::format("{} column{}", count, count == 1 ? "" : "s");
}

std::optional<Diagnostic> misplaced_item(const SourceText& source, DocumentRange range,
                                         std::size_t offset) {
  const auto line = source.line_begin(offset);
  const auto item = dash_line(source.bytes(), line);
  if (!item || line < range.begin) return std::nullopt;
  const auto sibling = near_sibling(source.bytes(), range.begin, *item);
  if (!sibling) return std::nullopt;
  const bool left = item->column < sibling->column;
  const auto off = left ? sibling->column - item->column : item->column - sibling->column;
  const auto dash_at = sibling->begin + sibling->column;
  return at(
      source, line + item->column, Severity::Error,
      fmt::format("this item is {} {} its siblings", columns(off), left ? "left of" : "right of"),
      fmt::format("indent its `-` by {} spaces, as in line {}", sibling->column,
                  source.place(dash_at).line));
}

std::optional<std::size_t> template_mark(const SourceText& source, std::size_t offset) {
  const auto begin = source.line_begin(offset);
  const auto line = std::string_view(source.bytes()).substr(begin, source.line_end(begin) - begin);
  const auto mark = line.find("{{");
  if (mark == std::string_view::npos) return std::nullopt;
  return begin + mark;
}

}  // namespace

Diagnostic unrendered_template(const SourceText& source, std::size_t offset) {
  return at(source, offset, Severity::Error, "this is a template that was not rendered yet",
            "render it first, as in `helm template ... | meshctl inject -`");
}

Diagnostic explain_parse_error(const SourceText& source, DocumentRange range, std::size_t offset,
                               std::string_view complaint) {
  offset = std::clamp(offset, range.begin, range.end);
  // The parser may stop a line behind the template mark that it tripped over.
  if (const auto mark = template_mark(source, offset)) return unrendered_template(source, *mark);
  if (auto item = misplaced_item(source, range, offset)) return std::move(*item);
  const auto line = source.line_begin(offset);
  const auto text = std::string_view(source.bytes());
  const auto first = text.find_first_not_of(" \t", line);
  const auto tab = text.find('\t', line);
  if (tab != std::string_view::npos && first != std::string_view::npos && tab < first) {
    return at(source, tab, Severity::Error, "a tab indents this line",
              "YAML is indented by spaces only");
  }
  if (complaint.find("end of map") != std::string_view::npos ||
      complaint.find("end of sequence") != std::string_view::npos) {
    if (offset >= range.end) {
      return at(source, offset, Severity::Error, "the document ends inside a list or mapping",
                "close the `[` or `{` that is still open");
    }
    return at(source, offset, Severity::Error, "the indentation of this line fits nothing above it",
              "line it up with its siblings");
  }
  if (complaint.find("illegal map value") != std::string_view::npos) {
    return at(source, offset, Severity::Error, "a `:` cannot stand here",
              "quote a value that holds `: `; a mapping begins on a line of its own");
  }
  return at(source, offset, Severity::Error, fmt::format("this is not YAML: {}", complaint));
}

Diagnostic explain_second_document(const SourceText& source, DocumentRange range,
                                   std::size_t offset) {
  if (auto item = misplaced_item(source, range, offset)) return std::move(*item);
  const auto text = std::string_view(source.bytes()).substr(range.begin);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string_view::npos && text[first] == '{') {
    return at(source, offset, Severity::Error, "a second JSON value follows the first",
              "give each value a file of its own");
  }
  return at(source, offset, Severity::Error, "this line belongs to nothing above it",
            "line it up with its siblings, or put a `---` line before a new document");
}

}  // namespace meshctl::inject
