#include "runtime/web/field_value.h"

#include <algorithm>

namespace meshctl::web {
namespace {

char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view trimmed(std::string_view text) noexcept {
  constexpr std::string_view kBlank = " \t";
  const auto first = text.find_first_not_of(kBlank);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

/// Takes what comes before the next `mark` off `rest`.
std::string_view take_until(std::string_view& rest, char mark) noexcept {
  const auto end = std::min(rest.find(mark), rest.size());
  const auto part = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return trimmed(part);
}

/// RFC 9110, 12.4.2: `q=0`, `q=0.000`.
bool is_weight_of_zero(std::string_view parameter) noexcept {
  if (parameter.size() < 3 || lower(parameter[0]) != 'q' || parameter[1] != '=') return false;
  return parameter.find_first_not_of("0.", 2) == parameter.npos;
}

}  // namespace

bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool contains_ignoring_case(std::string_view text, std::string_view word) noexcept {
  return std::search(text.begin(), text.end(), word.begin(), word.end(),
                     [](char x, char y) { return lower(x) == lower(y); }) != text.end();
}

std::string_view media_type(std::string_view content_type) noexcept {
  return take_until(content_type, ';');
}

bool accepts_coding(std::string_view accept_encoding, std::string_view coding) noexcept {
  bool is_any = false;
  while (!accept_encoding.empty()) {
    auto entry = take_until(accept_encoding, ',');
    const auto name = take_until(entry, ';');
    const bool is_it = equals_ignoring_case(name, coding);
    const bool is_accepted = !is_weight_of_zero(trimmed(entry));
    // What is named is meant, whatever the star says.
    if (is_it) return is_accepted;
    if (name == "*") is_any = is_accepted;
  }
  return is_any;
}

}  // namespace meshctl::web
