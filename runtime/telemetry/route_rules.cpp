#include "runtime/telemetry/route_rules.h"

#include <algorithm>

namespace meshctl::telemetry {
namespace {

bool is_digit(char c) noexcept {
  return c >= '0' && c <= '9';
}
bool is_letter(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool is_hex(char c) noexcept {
  return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

/// `2024-05-31`, and with a time after it (ISO 8601; its colons may be percent-encoded).
bool is_date(std::string_view text) noexcept {
  constexpr std::string_view kShape = "dddd-dd-dd";
  if (text.size() < kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    if (kShape[i] == 'd' ? !is_digit(text[i]) : text[i] != '-') return false;
  }
  const auto time = text.substr(kShape.size());
  if (time.empty()) return true;
  if (time.front() != 'T' && time.front() != 't') return false;
  return std::ranges::all_of(time.substr(1), [](char c) {
    return is_digit(c) || std::string_view(":.,+-Zz%Aa").find(c) != std::string_view::npos;
  });
}

bool is_email(std::string_view text) noexcept {
  auto at = text.find('@');
  if (at == std::string_view::npos) at = text.find("%40");
  if (at == std::string_view::npos || at == 0) return false;
  return text.find('.', at) != std::string_view::npos;
}

/// ULIDs, nanoids, base62 and base64url tokens: 16 or more of their alphabet with a digit in the
/// midst. A digit at the end only is a version of a word (`listTransactionsV2`), and dashes between
/// letters of one case are a title (`notes-2024-in-review`).
bool is_token(std::string_view text) noexcept {
  constexpr std::size_t kLeast = 16;
  constexpr std::size_t kDigitsOfNoWord = 4;
  if (text.size() < kLeast) return false;
  bool dashes = false;
  bool upper = false;
  bool lower = false;
  bool digit_inside = false;
  std::size_t digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (is_digit(c)) {
      ++digits;
      digit_inside = digit_inside || (i + 1 < text.size() && is_letter(text[i + 1]));
    } else if (is_letter(c)) {
      (c >= 'a' ? lower : upper) = true;
    } else if (c == '-' || c == '_') {
      dashes = true;
    } else if (c != '=' && c != '+') {
      return false;
    }
  }
  if (dashes && !(upper && lower)) return false;
  return digit_inside || digits >= kDigitsOfNoWord;
}

}  // namespace

bool is_variable_segment(std::string_view segment) noexcept {
  if (segment.size() > kMaxRouteSegment) return true;
  const auto digits = std::ranges::count_if(segment, is_digit);
  // Every rule but one needs a digit: a hex number of 8 without one is a word (`deadbeef`).
  if (digits == 0) return is_email(segment);
  constexpr std::size_t kLeastHex = 8;
  if (static_cast<std::size_t>(digits) == segment.size()) return true;
  if (segment.size() >= kLeastHex && std::ranges::all_of(segment, is_hex)) return true;
  return is_uuid(segment) || is_date(segment) || is_token(segment) || is_email(segment);
}

}  // namespace meshctl::telemetry
