#include "runtime/telemetry/escape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>

namespace meshctl::telemetry {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

struct CodePoint {
  char32_t value = 0;
  std::size_t length = 0;  ///< 0: not UTF-8
};

/// The first code point of a text that is not empty. Overlong forms, surrogates and values above
/// U+10FFFF are not UTF-8 (RFC 3629, 4).
CodePoint first_code_point(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return {};
  char32_t value = lead & (0x7FU >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {};
    value = (value << 6) | (byte(i) & 0x3FU);
  }
  constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < kLeast[length] || surrogate || value > 0x10FFFF) return {};
  return {value, length};
}

/// What terminals obey (C0, DEL, C1: ECMA-48, 5), what readers of lines may take for an end, and
/// what turns the text around it (Unicode UAX #9, 2).
bool is_control(char32_t c) noexcept {
  const bool is_line_end = c == 0x2028 || c == 0x2029;
  const bool turns_text = c == 0x061C || c == 0x200E || c == 0x200F ||
                          (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
  return c < 0x20 || (c >= 0x7F && c < 0xA0) || is_line_end || turns_text;
}

/// Bytes that stand for themselves in every form.
bool is_plain(char c) noexcept {
  return c >= 0x20 && c < 0x7F && c != '"' && c != '\\';
}

/// Calls `special(out, code point)` for what may need another form; it returns false to keep the
/// bytes.
template <typename Special>
void append_escaped(std::string& out, std::string_view text, Special special) {
  while (true) {
    const auto special_at = std::ranges::find_if_not(text, is_plain);
    const auto plain = static_cast<std::size_t>(special_at - text.begin());
    out.append(text.substr(0, plain));
    text.remove_prefix(plain);
    if (text.empty()) return;
    const CodePoint point = first_code_point(text);
    const std::size_t length = point.length == 0 ? 1 : point.length;
    if (point.length == 0) {
      out.append(kReplacement);
    } else if (!special(out, point.value)) {
      out.append(text.substr(0, length));
    }
    text.remove_prefix(length);
  }
}

}  // namespace

void append_json_escaped(std::string& out, std::string_view text) {
  append_escaped(out, text, [](std::string& to, char32_t c) {
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(static_cast<char>(c));
      return true;
    }
    if (!is_control(c)) return false;
    fmt::format_to(std::back_inserter(to), "\\u{:04x}", static_cast<unsigned>(c));
    return true;
  });
}

void append_html_escaped(std::string& out, std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const CodePoint point = first_code_point(rest);
    const bool is_text = point.length != 0 && !is_control(point.value);
    switch (point.value) {
      case '&': out.append("&amp;"); break;
      case '<': out.append("&lt;"); break;
      case '>': out.append("&gt;"); break;
      case '"': out.append("&quot;"); break;
      case '\'': out.append("&#39;"); break;
      default: out.append(is_text ? rest.substr(0, point.length) : kReplacement);
    }
    rest.remove_prefix(std::max<std::size_t>(1, point.length));
  }
}

void append_ascii_escaped(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  for (const char c : text) {
    if (is_plain(c) && c != ' ') {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.append("\\x").push_back(kDigits[byte >> 4U]);
    out.push_back(kDigits[byte & 15U]);
  }
}

void append_label_escaped(std::string& out, std::string_view text) {
  append_escaped(out, text, [](std::string& to, char32_t c) {
    if (c == '"' || c == '\\') {
      to.push_back('\\');
      to.push_back(static_cast<char>(c));
      return true;
    }
    if (c == '\n') {
      to.append("\\n");
      return true;
    }
    if (!is_control(c)) return false;
    to.append(kReplacement);
    return true;
  });
}

}  // namespace meshctl::telemetry
