#include "runtime/http/request_wishes.h"

#include <algorithm>

namespace meshctl::http {
namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
}

bool equals(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, lower, lower);
}

std::string_view trimmed(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") + 1 - first);
}

/// RFC 9110, 12.5.1: media ranges with parameters, `text/event-stream;q=0.9, */*`.
bool lists_event_stream(std::string_view accept) noexcept {
  while (!accept.empty()) {
    const auto end = std::min(accept.find(','), accept.size());
    const auto range = accept.substr(0, end);
    if (equals(trimmed(range.substr(0, range.find(';'))), "text/event-stream")) return true;
    accept.remove_prefix(std::min(end + 1, accept.size()));
  }
  return false;
}

}  // namespace

bool wants_stream(std::string_view head) noexcept {
  const auto request_line = head.find('\n');
  if (request_line == std::string_view::npos) return false;
  head.remove_prefix(request_line + 1);
  while (true) {
    const auto end = std::min(head.find('\n'), head.size());
    const auto line = head.substr(0, end);
    if (trimmed(line).empty()) return false;
    const auto colon = std::min(line.find(':'), line.size());
    const auto name = line.substr(0, colon);
    if (equals(name, "upgrade")) return true;
    if (equals(name, "accept") && lists_event_stream(line.substr(std::min(colon + 1, line.size()))))
      return true;
    head.remove_prefix(std::min(end + 1, head.size()));
  }
}

}  // namespace meshctl::http
