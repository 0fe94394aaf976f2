#include "cli/inject/scalar_end.h"

#include <algorithm>
#include <array>

namespace meshctl::inject {
namespace {

bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

std::optional<std::size_t> quoted_end(std::string_view text, std::size_t begin) {
  const char quote = text[begin];
  for (std::size_t i = begin + 1; i < text.size(); ++i) {
    if (quote == '"' && text[i] == '\\') {
      ++i;
    } else if (text[i] == quote) {
      if (quote == '\'' && i + 1 < text.size() && text[i + 1] == '\'') {
        ++i;
      } else {
        return i + 1;
      }
    }
  }
  return std::nullopt;
}

/// Folding changes white space only, so a plain scalar ends where all bytes of its value that are
/// not white have been met.
std::optional<std::size_t> plain_end(std::string_view text, std::size_t begin,
                                     std::string_view value) {
  std::size_t cursor = begin;
  for (const char c : value) {
    if (is_white(c)) continue;
    while (cursor < text.size() && is_white(text[cursor])) ++cursor;
    if (cursor == text.size() || text[cursor] != c) return std::nullopt;
    ++cursor;
  }
  return cursor;
}

/// One line of text: [begin, end) without its line end, `next` behind it.
struct Line {
  std::size_t begin;
  std::size_t end;
  std::size_t next;
};

Line line_from(std::string_view text, std::size_t begin) {
  const auto lf = text.find('\n', begin);
  if (lf == std::string_view::npos) return {begin, text.size(), text.size()};
  return {begin, lf > begin && text[lf - 1] == '\r' ? lf - 1 : lf, lf + 1};
}

std::size_t block_scalar_end(std::string_view text, std::size_t begin, int parent_column) {
  const auto header = line_from(text, begin);
  std::size_t indent = 0;  // of the content; 0: not known yet
  bool indent_known = false;
  bool keeps_blank_lines = false;
  std::size_t end = begin + 1;
  for (; end < header.end && !is_white(text[end]); ++end) {
    if (text[end] == '+') keeps_blank_lines = true;
    if (text[end] >= '1' && text[end] <= '9') {
      indent = static_cast<std::size_t>(std::max(parent_column, 0) + (text[end] - '0'));
      indent_known = true;
    }
  }
  for (auto next = header.next; next < text.size();) {
    const Line line = line_from(text, next);
    const auto first = std::min(text.find_first_not_of(' ', line.begin), line.end);
    const auto spaces = first - line.begin;
    next = line.next;
    if (first == line.end && (!indent_known || spaces <= indent)) {
      if (keeps_blank_lines) end = line.end;
      continue;
    }
    if (!indent_known) {
      if (static_cast<int>(spaces) <= parent_column) break;
      indent = spaces;
      indent_known = true;
    }
    if (spaces < indent) break;
    end = line.end;
  }
  return end;
}

}  // namespace

std::optional<ScalarEnd> find_scalar_end(std::string_view text, std::size_t begin,
                                         std::string_view value, int parent_column,
                                         bool block_context) {
  const char first = begin < text.size() ? text[begin] : '\0';
  if (first == '\'' || first == '"') {
    const auto end = quoted_end(text, begin);
    if (!end) return std::nullopt;
    return ScalarEnd{first == '"' ? NodeStyle::DoubleQuoted : NodeStyle::SingleQuoted, *end};
  }
  if (block_context && (first == '|' || first == '>')) {
    return ScalarEnd{NodeStyle::BlockScalar, block_scalar_end(text, begin, parent_column)};
  }
  if (value.empty()) return ScalarEnd{NodeStyle::Absent, begin};
  const auto end = plain_end(text, begin, value);
  if (!end) return std::nullopt;
  return ScalarEnd{NodeStyle::Plain, *end};
}

std::size_t null_word_length(std::string_view text) {
  constexpr std::array<std::string_view, 4> kWords{"~", "null", "Null", "NULL"};
  for (const auto word : kWords) {
    if (!text.starts_with(word)) continue;
    const auto rest = text.substr(word.size());
    if (rest.empty() || is_white(rest.front()) || rest.front() == ',' || rest.front() == ']' ||
        rest.front() == '}' || (rest.front() == ':' && (rest.size() == 1 || is_white(rest[1])))) {
      return word.size();
    }
  }
  return 0;
}

}  // namespace meshctl::inject
