#include "cli/inject/parse_advice.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>

#include "cli/inject/layout_advice.h"
#include "cli/inject/line_break.h"
#include "cli/inject/open_marks.h"

namespace meshctl::inject {
namespace {

bool says(std::string_view complaint, std::string_view words) {
  return complaint.find(words) != std::string_view::npos;
}

Diagnostic error(const SourceText& source, std::size_t offset, std::string problem,
                 std::string hint = {}) {
  return at(source, offset, Severity::Error, std::move(problem), std::move(hint));
}

/// The mark of a template in the line at `begin`; behind a quote it may be text.
std::optional<std::size_t> template_mark(const SourceText& source, std::size_t begin) {
  const auto line = std::string_view(source.bytes()).substr(begin, source.line_end(begin) - begin);
  for (const std::string_view mark : {"{{", "{%", "{#"}) {
    const auto found = line.find(mark);
    if (found < line.find_first_of("\"'#") || (found == 0 && mark == "{#")) return begin + found;
  }
  return std::nullopt;
}

/// The parser may stop a line behind the mark that it tripped over, not before it.
std::optional<std::size_t> template_near(const SourceText& source, DocumentRange range,
                                         std::size_t offset) {
  const auto begin = source.line_begin(offset);
  if (const auto mark = template_mark(source, begin)) return mark;
  if (begin <= range.begin || begin == 0) return std::nullopt;
  return template_mark(source, source.line_begin(begin - 1));
}

/// Text that never was a manifest, told by how it begins.
std::optional<Diagnostic> no_manifest(const SourceText& source, DocumentRange range) {
  const auto text = std::string_view(source.bytes()).substr(0, range.end);
  const auto first = text.find_first_not_of(" \t\r\n", range.begin);
  if (first == std::string_view::npos) return std::nullopt;
  const auto head = text.substr(first);
  for (const std::string_view mark : {"<!", "<html", "<?xml"}) {
    if (!head.starts_with(mark)) continue;
    return error(source, first, "this is HTML or XML, and no manifest", "did a download fail?");
  }
  for (const std::string_view word : {"error:", "Error:", "Error from", "Usage:"}) {
    if (!head.starts_with(word)) continue;
    return error(source, first, "this is the message of another command, and no manifest",
                 "run that command by itself to see what it needs");
  }
  return std::nullopt;
}

/// The first line of the document, up to that of `offset`, that git left where it could not merge.
std::optional<Diagnostic> merge_conflict(const SourceText& source, DocumentRange range,
                                         std::size_t offset) {
  const auto text = std::string_view(source.bytes()).substr(0, source.line_end(offset));
  for (auto begin = range.begin; begin < text.size();) {
    const auto line = text.substr(begin, text.find('\n', begin) - begin);
    for (const std::string_view mark : {"<<<<<<<", "|||||||", "=======", ">>>>>>>"}) {
      if (!line.starts_with(mark) ||
          (line.size() > mark.size() && line[mark.size()] != ' ' && line[mark.size()] != '\r')) {
        continue;
      }
      return error(source, begin, "a merge conflict was left in the file here",
                   "choose a side, and remove the lines of `<<<<<<<`, `=======` and `>>>>>>>`");
    }
    begin += line.size() + 1;
  }
  return std::nullopt;
}

/// Causes that show in the line itself, whatever the parser says of it.
std::optional<Diagnostic> obvious_cause(const SourceText& source, DocumentRange range,
                                        std::size_t offset) {
  if (auto other = no_manifest(source, range)) return other;
  if (const auto mark = template_near(source, range, offset)) {
    return unrendered_template(source, *mark);
  }
  const auto line_text = std::string_view(source.bytes()).substr(0, source.line_end(offset));
  if (const auto found = next_line_break(line_text, source.line_begin(offset))) {
    return unicode_line_break(source, *found);
  }
  if (auto conflict = merge_conflict(source, range, offset)) return conflict;
  if (auto item = misplaced_item(source, range, offset)) return item;
  const auto line = source.line_begin(offset);
  const auto text = std::string_view(source.bytes());
  const auto first = text.find_first_not_of(" \t", line);
  const auto tab = text.find('\t', line);
  if (tab != std::string_view::npos && first != std::string_view::npos && tab < first) {
    return error(source, tab, "a tab indents this line", "YAML is indented by spaces only");
  }
  if (line >= range.begin && text[std::min(line, text.size() - 1)] == '%') {
    return error(source, line, "kubectl does not read YAML directives",
                 "remove the line, or quote the value that begins with `%`");
  }
  return std::nullopt;
}

Diagnostic open_quote(const SourceText& source, std::size_t offset) {
  return error(source, offset, "the quote that opens here is never closed",
               fmt::format("close it with `{}`", source.bytes()[offset]));
}

std::optional<Diagnostic> quote_cause(const SourceText& source, const OpenMarks& marks,
                                      std::size_t offset) {
  if (marks.quote) return open_quote(source, *marks.quote);
  if (!marks.last_quoted) return std::nullopt;
  const auto [begin, end] = *marks.last_quoted;
  const auto behind = std::string_view(source.bytes()).substr(end, offset - end);
  if (behind.find_first_not_of(" \t") != std::string_view::npos) return std::nullopt;
  const auto line = source.place(end).line;
  if (source.place(begin).line != line) {
    return error(source, begin,
                 fmt::format("the quote that opens here is closed only in line {}", line),
                 fmt::format("is a `{}` missing at the end of this line?", source.bytes()[begin]));
  }
  return error(source, offset, "text follows the closing quote",
               source.bytes()[begin] == '"'
                   ? "quote all of the value; inside `\"` write `\\\"` for a quote"
                   : "quote all of the value; inside `'` write `''` for a quote");
}

Diagnostic bracket_cause(const SourceText& source, DocumentRange range, std::size_t open,
                         std::size_t offset) {
  const char mark = source.bytes()[open];
  const char closing = mark == '[' ? ']' : '}';
  const bool at_end = offset >= range.end;
  const auto indent_at = [&](std::size_t at) {
    const auto begin = source.line_begin(at);
    return source.bytes().find_first_not_of(' ', begin) - begin;
  };
  const bool same_line = source.line_begin(open) == source.line_begin(offset);
  if (!at_end && (same_line || indent_at(offset) > indent_at(open))) {
    return error(source, offset, fmt::format("a `,` or `{}` is missing before this", closing),
                 fmt::format("the `{}` opens in line {}", mark, source.place(open).line));
  }
  return error(source, open, fmt::format("the `{}` that opens here is never closed", mark),
               at_end ? fmt::format("close it with `{}`", closing)
                      : fmt::format("close it with `{}` before line {}", closing,
                                    source.place(offset).line));
}

Diagnostic stray_bracket(const SourceText& source, const OpenMarks& marks, std::size_t offset) {
  const char found = source.bytes()[std::min(offset, source.bytes().size() - 1)];
  if (marks.brackets.empty()) {
    return error(source, offset, fmt::format("this `{}` closes nothing that is open", found),
                 "remove it, or quote the value");
  }
  const char open = source.bytes()[marks.brackets.back()];
  return error(source, offset, fmt::format("`{}` closes a `{}` here", found, open),
               fmt::format("write `{}`", open == '[' ? ']' : '}'));
}

/// Whether the `:` at `offset` is the second of its line.
bool is_second_colon(const SourceText& source, std::size_t offset) {
  const auto begin = source.line_begin(offset);
  const auto before = std::string_view(source.bytes()).substr(begin, offset - begin);
  return before.find(": ") != std::string_view::npos;
}

Diagnostic explain_colon(const SourceText& source, DocumentRange range, std::size_t offset) {
  if (!is_second_colon(source, offset)) {
    if (auto found = missing_colon(source, range, offset)) return std::move(*found);
    if (auto key = misplaced_key(source, range, offset)) return std::move(*key);
  }
  return error(source, offset, "a `:` cannot stand here",
               "quote a value that holds `: `; a mapping begins on a line of its own");
}

Diagnostic explain_end(const SourceText& source, DocumentRange range, std::size_t offset) {
  const char c = offset < range.end ? source.bytes()[offset] : '\0';
  if (c == ',' || c == ']' || c == '}') {
    return error(source, offset, fmt::format("a value cannot begin with `{}`", c), "quote it");
  }
  if (offset >= range.end) {
    return error(source, offset, "the document ends inside a list or mapping",
                 "is the file cut off?");
  }
  const auto line =
      std::string_view(source.bytes()).substr(offset, source.line_end(offset) - offset);
  if (line.size() > 1 && line[0] == '-' && line[1] != ' ' && line[1] != '-') {
    return error(source, offset, "a space is missing behind the `-`",
                 fmt::format("write `- {}`", line.substr(1, 40)));
  }
  if (auto key = misplaced_key(source, range, offset)) return std::move(*key);
  return error(source, offset, "the indentation of this line fits nothing above it",
               "line it up with its siblings");
}

/// Complaints that say by themselves what is wrong; only the cure is missing.
Diagnostic explain_token(const SourceText& source, std::size_t offset, std::string_view complaint) {
  const auto text = std::string_view(source.bytes()).substr(offset);
  const std::string first(text.substr(0, text.empty() ? 0 : 1));
  if (says(complaint, "unknown token") && !first.empty()) {
    const auto shown = first == "`" ? "a backtick" : "`" + first + "`";
    return error(source, offset, "a value cannot begin with " + shown, "quote it");
  }
  if (says(complaint, "illegal block entry")) {
    return error(source, offset, "a list cannot begin here",
                 "begin it on a line of its own, or quote a value that begins with `- `");
  }
  if (says(complaint, "after &") || says(complaint, "after *")) {
    return error(source, offset, "a name is missing behind the `&` or `*`",
                 "quote a value that begins with `&` or `*`");
  }
  if (says(complaint, "anchor is not defined")) {
    return error(source, offset, "no anchor of that name stands above this alias",
                 "anchors hold within one document; quote a value that begins with `*`");
  }
  if (says(complaint, "unknown escape")) {
    return error(source, offset, "this is no escape that YAML knows",
                 "write `\\\\` for a backslash, or use single quotes");
  }
  if (says(complaint, "block scalar")) {
    return error(source, offset, "nothing but a comment can stand behind `|` or `>`",
                 "begin the text on the next line, or quote a value that begins with `|` or `>`");
  }
  return error(source, offset, fmt::format("this is not YAML: {}", complaint));
}

}  // namespace

Diagnostic unrendered_template(const SourceText& source, std::size_t offset) {
  const bool is_go = std::string_view(source.bytes()).substr(offset, 2) == "{{";
  return error(source, offset, "this is a template that was not rendered yet",
               is_go ? "render it first, as in `helm template ... | meshctl inject -`"
                     : "render it first; this mark is of Jinja");
}

Diagnostic unicode_line_break(const SourceText& source, std::size_t offset) {
  return error(source, offset,
               "a Unicode line break (U+0085, U+2028 or U+2029) ends the line here for kubectl",
               "remove it, or write it as an escape in double quotes");
}

Diagnostic explain_parse_error(const SourceText& source, DocumentRange range, std::size_t offset,
                               std::string_view complaint) {
  offset = std::clamp(offset, range.begin, range.end);
  if (auto cause = obvious_cause(source, range, offset)) return std::move(*cause);
  const auto marks = find_open_marks(source.bytes(), range.begin, offset);
  if (says(complaint, "illegal flow end")) return stray_bracket(source, marks, offset);
  const bool is_end = says(complaint, "end of map") || says(complaint, "end of sequence");
  const bool is_colon = says(complaint, "illegal map value");
  if (!is_end && !is_colon) return explain_token(source, offset, complaint);
  if (auto quote = quote_cause(source, marks, offset)) return std::move(*quote);
  if (!marks.brackets.empty()) return bracket_cause(source, range, marks.brackets.back(), offset);
  return is_colon ? explain_colon(source, range, offset) : explain_end(source, range, offset);
}

Diagnostic explain_second_document(const SourceText& source, DocumentRange range,
                                   std::size_t offset) {
  if (auto cause = obvious_cause(source, range, offset)) return std::move(*cause);
  const auto text = std::string_view(source.bytes());
  const auto directive = text.rfind("\n%", offset);
  if (directive != std::string_view::npos && directive >= range.begin) {
    return error(source, directive + 1, "kubectl does not read YAML directives",
                 "remove the line, or quote the value that begins with `%`");
  }
  const auto first = text.find_first_not_of(" \t\r\n", range.begin);
  if (first < range.end && text[first] == '{') {
    return error(source, offset, "kubectl drops what follows a JSON value in YAML",
                 "put a `---` line before it");
  }
  return error(source, offset, "this line belongs to nothing above it",
               "line it up with its siblings, or put a `---` line before a new document");
}

Diagnostic explain_missing_colon(const SourceText& source, DocumentRange range,
                                 std::size_t offset) {
  if (auto cause = obvious_cause(source, range, offset)) return std::move(*cause);
  if (auto found = missing_colon(source, range, offset)) return std::move(*found);
  return error(source, offset, "this key has no `:` behind it",
               "write `key: value`; is the file cut off?");
}

Diagnostic explain_lost_way(const SourceText& source, DocumentRange range, std::size_t offset) {
  if (auto cause = obvious_cause(source, range, offset)) return std::move(*cause);
  const auto marks = find_open_marks(source.bytes(), range.begin, range.end);
  if (marks.quote) return open_quote(source, *marks.quote);
  return error(source, offset, "this does not read the same way to every YAML parser",
               "quote the value, or write it in a plainer way");
}

}  // namespace meshctl::inject
