#include "cli/inject/diagnostic.h"

#include <fmt/format.h>

#include <algorithm>

namespace meshctl::inject {
namespace {

/// chosen: with the line number before it, an excerpt fits an 80-column terminal.
constexpr std::size_t kExcerptColumns = 72;
/// How much is shown left of the caret when the line has to be cut there.
constexpr std::size_t kColumnsBefore = 40;
constexpr std::string_view kCut = "...";

std::string_view label(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "";
}

/// Whether a terminal would not spend one column on the character: the control characters of ISO
/// 8859, U+2028 and U+2029, the byte order mark.
bool is_invisible(std::string_view character) {
  const bool is_c1 = character.size() == 2 && character[0] == '\xC2' && character[1] < '\xA0';
  return is_c1 || character == "\xE2\x80\xA8" || character == "\xE2\x80\xA9" || character == kBom;
}

/// The characters of `line`, one a column: control characters would move the caret, or more.
std::vector<std::string> columns_of(std::string_view line) {
  std::vector<std::string> columns;
  for (const char c : line) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0U) == 0x80U && !columns.empty()) {
      columns.back().push_back(c);
    } else {
      columns.emplace_back(1, byte < 0x20U || byte == 0x7FU ? ' ' : c);
    }
  }
  for (std::string& character : columns) {
    if (is_invisible(character)) character = " ";
  }
  return columns;
}

/// How many columns are kept on either side of a place: more than any excerpt shows.
constexpr std::size_t kKeptColumns = 2 * kExcerptColumns;

std::string excerpt(const Diagnostic& diagnostic) {
  const auto columns = columns_of(diagnostic.source_line);
  auto caret = diagnostic.caret - 1;
  std::size_t first = 0;
  if (columns.size() > kExcerptColumns && caret >= kExcerptColumns - kCut.size()) {
    first = std::min(caret - kColumnsBefore, columns.size() - kExcerptColumns + kCut.size());
  }
  std::string shown;
  std::size_t width = 0;
  if (first > 0) {
    shown += kCut;
    width += kCut.size();
  }
  caret = caret - first + width;
  const bool cut_right = columns.size() - first + width > kExcerptColumns;
  const auto room = kExcerptColumns - (cut_right ? kCut.size() : 0);
  for (std::size_t i = first; i < columns.size() && width < room; ++i, ++width) shown += columns[i];
  if (cut_right) shown += kCut;
  return fmt::format("{:5} | {}\n{:{}}^\n", diagnostic.place.line, shown, "", caret + 8);
}

}  // namespace

Diagnostic at(const SourceText& source, std::size_t offset, Severity severity, std::string problem,
              std::string hint) {
  const auto [text, caret] = source.excerpt(offset, kKeptColumns);
  return {severity, source.name(),      source.place(offset), std::string(text),
          caret,    std::move(problem), std::move(hint)};
}

Diagnostic about(std::string file, Severity severity, std::string problem, std::string hint) {
  return {severity, std::move(file), {}, {}, 0, std::move(problem), std::move(hint)};
}

std::string render(const Diagnostic& diagnostic) {
  std::string text = fmt::format("meshctl: {}: ", label(diagnostic.severity));
  if (!diagnostic.file.empty()) text += diagnostic.file;
  if (diagnostic.place.line > 0) {
    text += fmt::format(":{}:{}", diagnostic.place.line, diagnostic.place.column);
  }
  if (!diagnostic.file.empty()) text += ": ";
  text += diagnostic.problem;
  if (diagnostic.place.line == 0) {
    return text + (diagnostic.hint.empty() ? "" : "; ") + diagnostic.hint + "\n";
  }
  text += "\n" + excerpt(diagnostic);
  if (!diagnostic.hint.empty()) text += fmt::format("hint: {}\n", diagnostic.hint);
  return text;
}

bool has_error(const Diagnostics& diagnostics) {
  return std::ranges::any_of(diagnostics,
                             [](const Diagnostic& d) { return d.severity == Severity::Error; });
}

}  // namespace meshctl::inject
