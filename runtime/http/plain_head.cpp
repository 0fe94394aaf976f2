#include "runtime/http/plain_head.h"

#include <algorithm>
#include <cstring>

namespace meshctl::http {
namespace {

constexpr std::string_view kVersion = " HTTP/1.1\r\n";
constexpr std::string_view kStatusLine = "HTTP/1.1 ";
/// As many digits as no sum of lengths overflows with.
constexpr std::size_t kMostLengthDigits = 15;
/// Longer ones are rare, and what a field too many costs is paid once.
constexpr std::size_t kMostHeadBytes = 16 * 1024;

/// RFC 9110, 5.6.2.
constexpr auto kTokenChars = [] {
  std::array<bool, 256> is_token{};
  for (const char c : std::string_view("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    is_token[static_cast<unsigned char>(c)] = true;
  return is_token;
}();

/// How many bytes at the beginning of `text` a name can have.
std::size_t token_size(std::string_view text) noexcept {
  std::size_t size = 0;
  while (size < text.size() && kTokenChars[static_cast<unsigned char>(text[size])]) ++size;
  return size;
}

/// How many control characters there are; nothing if a byte is no ASCII. In sums of a byte each, so
/// that compilers make vectors of it.
std::optional<std::size_t> count_controls(std::string_view text) noexcept {
  constexpr std::size_t kChunk = 240;  // what a byte can count
  std::size_t controls = 0;
  while (!text.empty()) {
    const auto chunk = text.substr(0, kChunk);
    std::uint8_t low = 0;
    std::uint8_t high = 0;
    for (const char c : chunk) {
      const auto byte = static_cast<std::uint8_t>(c);
      low = static_cast<std::uint8_t>(low + (byte < 0x20 ? 1 : 0));
      high = static_cast<std::uint8_t>(high | (byte > 0x7E ? 1 : 0));
    }
    if (high != 0) return std::nullopt;
    controls += low;
    text.remove_prefix(chunk.size());
  }
  return controls;
}

/// `lower` is in lower case, and letters and `-` only; `name` is printable, or its head is not
/// plain.
bool is_name(std::string_view name, std::string_view lower) noexcept {
  return name.size() == lower.size() && std::equal(name.begin(), name.end(), lower.begin(),
                                                   [](char a, char b) { return (a | 0x20) == b; });
}

/// 0 to 10^15.
std::optional<std::uint64_t> read_length(std::string_view digits) noexcept {
  if (digits.empty() || digits.size() > kMostLengthDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

/// What a field says about how the message goes on.
enum class Says { Nothing, Length, Other };

Says says(std::string_view name, std::string_view value) noexcept {
  switch (name.size()) {
    case 7: return is_name(name, "upgrade") ? Says::Other : Says::Nothing;
    case 10:
      if (!is_name(name, "connection")) return Says::Nothing;
      return is_name(value, "keep-alive") ? Says::Nothing : Says::Other;
    case 14: return is_name(name, "content-length") ? Says::Length : Says::Nothing;
    case 16: return is_name(name, "proxy-connection") ? Says::Other : Says::Nothing;
    case 17: return is_name(name, "transfer-encoding") ? Says::Other : Says::Nothing;
    default: return Says::Nothing;
  }
}

PlainHead::Span span_of(std::string_view part, std::string_view whole) noexcept {
  return {static_cast<std::uint16_t>(part.data() - whole.data()),
          static_cast<std::uint16_t>(part.size())};
}

/// The fields from `at` on, and the empty line. `has_length` tells whether there was one.
bool read_fields(std::string_view bytes, std::size_t at, PlainHead& head,
                 bool& has_length) noexcept {
  has_length = false;
  head.field_count = 0;
  head.begin = bytes.data();
  bytes = bytes.substr(0, kMostHeadBytes);
  while (true) {
    const auto rest = bytes.substr(at);
    const auto end = rest.find('\n');
    if (end == rest.npos || end == 0 || rest[end - 1] != '\r') return false;
    if (end == 1) {
      head.size = at + 2;
      // The line ends have two each: of the first line, of the fields, and the empty one.
      return count_controls(bytes.substr(0, head.size)) == 2 * (head.field_count + 2);
    }
    const auto line = rest.substr(0, end - 1);
    const auto colon = token_size(line);
    if (colon == 0 || colon == line.size() || line[colon] != ':' ||
        head.field_count == PlainHead::kMostFields)
      return false;
    const auto name = line.substr(0, colon);
    auto value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
    if (value.empty() || value.front() == ' ' || value.back() == ' ') return false;
    head.fields[head.field_count++] = {span_of(name, bytes), span_of(value, bytes)};
    switch (says(name, value)) {
      case Says::Nothing: break;
      case Says::Other: return false;
      case Says::Length: {
        const auto length = read_length(value);
        if (!length || has_length) return false;
        has_length = true;
        head.body_bytes = *length;
      }
    }
    at += end + 1;
  }
}

}  // namespace

bool read_plain_request(std::string_view bytes, PlainHead& head) noexcept {
  constexpr std::string_view kMethods[] = {"GET",  "POST",  "PUT",    "DELETE",
                                           "HEAD", "PATCH", "OPTIONS"};
  const auto space = bytes.substr(0, 8).find(' ');
  if (space == bytes.npos) return false;
  const auto* const method = std::ranges::find(kMethods, bytes.substr(0, space));
  if (method == std::end(kMethods)) return false;
  head.method = *method;
  const auto line_end = bytes.substr(0, kMostHeadBytes).find('\n');
  if (line_end == bytes.npos) return false;
  const auto line = bytes.substr(0, line_end + 1);
  if (!line.ends_with(kVersion) || line.size() < space + 2 + kVersion.size()) return false;
  head.target = line.substr(space + 1, line.size() - space - 1 - kVersion.size());
  // A fragment has no place here, and parsers differ about it.
  if (head.target.front() != '/' || head.target.find_first_of(" #") != head.target.npos)
    return false;
  head.status = 0;
  head.body_bytes = 0;
  bool has_length = false;
  return read_fields(bytes, line.size(), head, has_length);
}

bool read_plain_response(std::string_view bytes, PlainHead& head) noexcept {
  if (!bytes.starts_with(kStatusLine) || bytes.size() < kStatusLine.size() + 4) return false;
  const auto code = bytes.substr(kStatusLine.size(), 3);
  if (code[0] < '2' || code[0] > '9' || code[1] < '0' || code[1] > '9' || code[2] < '0' ||
      code[2] > '9' || bytes[kStatusLine.size() + 3] != ' ')
    return false;
  head.status =
      static_cast<std::uint16_t>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
  const auto line_end = bytes.substr(0, kMostHeadBytes).find('\n');
  if (line_end == bytes.npos || bytes[line_end - 1] != '\r') return false;
  head.method = {};
  head.target = {};
  head.body_bytes = 0;
  bool has_length = false;
  return read_fields(bytes, line_end + 1, head, has_length) && has_length;
}

}  // namespace meshctl::http
