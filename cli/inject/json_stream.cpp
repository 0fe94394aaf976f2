#include "cli/inject/json_stream.h"

#include <algorithm>
#include <string_view>

namespace meshctl::inject {
namespace {

constexpr std::string_view kWhite = " \t\r\n";

/// The offset of the first byte from `begin` on that is not white space, or the text's size.
std::size_t skip_white(std::string_view text, std::size_t begin) {
  return std::min(text.find_first_not_of(kWhite, begin), text.size());
}

/// Behind the closing quote of the string that opens at `begin`, or the text's size.
std::size_t string_end(std::string_view text, std::size_t begin) {
  for (auto at = begin + 1;;) {
    at = text.find_first_of("\"\\\n", at);
    // A string ends on its line; what does not is for the reader to refuse.
    if (at == std::string_view::npos || text[at] != '\\') return std::min(at, text.size() - 1) + 1;
    at += 2;
  }
}

/// Behind the bracket that closes the one at `begin`, or the text's size.
std::size_t value_end(std::string_view text, std::size_t begin) {
  std::size_t depth = 0;
  for (auto at = begin; at != std::string_view::npos;) {
    const char c = text[at];
    if (c == '"') {
      at = string_end(text, at) - 1;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (--depth == 0) {
      return at + 1;
    }
    at = text.find_first_of("\"{}[]", at + 1);
  }
  return text.size();
}

Diagnostic explain_stray(const SourceText& source, std::size_t offset) {
  const auto rest = std::string_view(source.bytes()).substr(offset);
  if (rest.starts_with("---")) {
    return at(source, offset, Severity::Error, "kubectl takes no `---` behind a JSON value",
              "remove it: JSON values need nothing between them");
  }
  if (rest.starts_with(',')) {
    return at(source, offset, Severity::Error, "kubectl takes no comma between two JSON values",
              "remove it, or make them the items of a `List`");
  }
  if (rest.starts_with(kBom)) {
    return at(source, offset, Severity::Error, "a byte order mark stands in the middle of the text",
              "it is U+FEFF, left over where files were joined; remove it");
  }
  return at(source, offset, Severity::Error,
            "kubectl reads nothing but JSON objects behind a JSON object",
            "is a bracket too many before it? give YAML a file of its own");
}

}  // namespace

bool is_json_stream(const SourceText& source) {
  const std::string& text = source.bytes();
  const auto first = skip_white(text, source.has_bom() ? kBom.size() : 0);
  if (first == text.size() || text[first] != '{') return false;
  // `{{` and `{%` begin a template, which says more to its author than broken JSON would.
  const char next = first + 1 < text.size() ? text[first + 1] : '\0';
  return next != '{' && next != '%' && next != '#';
}

std::vector<DocumentRange> split_json(const SourceText& source, Diagnostics& problems) {
  const std::string_view text = source.bytes();
  std::vector<DocumentRange> ranges;
  auto begin = skip_white(text, source.has_bom() ? kBom.size() : 0);
  while (begin < text.size()) {
    if (text[begin] != '{') {
      problems.push_back(explain_stray(source, begin));
      // What follows `---` or a comma on its line, or a line further on, may be a value again.
      begin =
          skip_white(text, std::min(text.find_first_not_of("-,\xEF\xBB\xBF", begin), text.size()));
      if (begin < text.size() && text[begin] != '{') break;
      continue;
    }
    const auto end = value_end(text, begin);
    ranges.push_back({begin, end, true});
    begin = skip_white(text, end);
  }
  return ranges;
}

}  // namespace meshctl::inject
