#include "cli/inject/json_string.h"

#include <fmt/format.h>

#include <cstdint>
#include <optional>

namespace meshctl::inject {
namespace {

constexpr std::uint32_t kReplacement = 0xFFFD;

/// The four hexadecimal digits at `at`.
std::optional<std::uint32_t> hex4(std::string_view text, std::size_t at) {
  if (text.size() < 4 || at > text.size() - 4) return std::nullopt;
  std::uint32_t code = 0;
  for (const char c : text.substr(at, 4)) {
    const bool digit = c >= '0' && c <= '9';
    const char lower = static_cast<char>(c | 0x20);
    if (!digit && (lower < 'a' || lower > 'f')) return std::nullopt;
    code = code * 16 + static_cast<std::uint32_t>(digit ? c - '0' : lower - 'a' + 10);
  }
  return code;
}

void append_utf8(std::uint32_t code, std::string& out) {
  const auto byte = [&](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  if (code < 0x80) {
    byte(code);
  } else if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
    byte(0x80U | (code & 0x3FU));
  } else if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  } else {
    byte(0xF0U | (code >> 18U));
    byte(0x80U | ((code >> 12U) & 0x3FU));
    byte(0x80U | ((code >> 6U) & 0x3FU));
    byte(0x80U | (code & 0x3FU));
  }
}

bool is_high(std::uint32_t code) {
  return code >= 0xD800 && code < 0xDC00;
}

bool is_low(std::uint32_t code) {
  return code >= 0xDC00 && code < 0xE000;
}

/// Decodes the `\uXXXX` at `at`, or the pair of them that stands for one character. False: no
/// digits. `at` moves behind it.
bool append_unicode(std::string_view text, std::size_t& at, std::string& out) {
  const auto first = hex4(text, at + 2);
  if (!first) return false;
  at += 6;
  if (is_high(*first) && text.substr(at, 2) == "\\u") {
    const auto second = hex4(text, at + 2);
    if (second && is_low(*second)) {
      append_utf8(0x10000 + ((*first - 0xD800) << 10U) + (*second - 0xDC00), out);
      at += 6;
      return true;
    }
  }
  append_utf8(is_high(*first) || is_low(*first) ? kReplacement : *first, out);
  return true;
}

/// What the letter behind a backslash stands for; 0: nothing.
char unescaped(char letter) {
  switch (letter) {
    case '"':
    case '\\':
    case '/': return letter;
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return '\0';
  }
}

JsonProblem control_character(std::size_t at, char c) {
  if (c == '\n' || c == '\r') {
    return {at, "a JSON string ends on the line where it begins",
            "close it with `\"`; write `\\n` for a line end"};
  }
  return {at, "a control character stands in a JSON string",
          c == '\t' ? "write `\\t` for a tab"
                    : fmt::format("write `\\u{:04x}`", static_cast<unsigned char>(c))};
}

}  // namespace

Result<JsonString, JsonProblem> read_json_string(std::string_view text, std::size_t begin) {
  JsonString string;
  for (auto at = begin + 1; at < text.size();) {
    const char c = text[at];
    if (c == '"') {
      string.end = at + 1;
      return string;
    }
    if (static_cast<unsigned char>(c) < 0x20U) return fail(control_character(at, c));
    if (c != '\\') {
      string.value.push_back(c);
      ++at;
      continue;
    }
    const char letter = at + 1 < text.size() ? text[at + 1] : '\0';
    if (letter == 'u') {
      if (append_unicode(text, at, string.value)) continue;
      return fail(JsonProblem{at, "`\\u` needs four hexadecimal digits", "as in `\\u00e9`"});
    }
    const char meant = unescaped(letter);
    if (meant == '\0') {
      return fail(
          JsonProblem{at, "this is no escape that JSON knows", "write `\\\\` for a backslash"});
    }
    string.value.push_back(meant);
    at += 2;
  }
  return fail(
      JsonProblem{begin, "the quote that opens here is never closed", "close it with `\"`"});
}

}  // namespace meshctl::inject
