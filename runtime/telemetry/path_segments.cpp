#include "runtime/telemetry/path_segments.h"

namespace meshctl::telemetry {
namespace {

constexpr int kNoDigit = -1;

int hex_value(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return kNoDigit;
}

/// RFC 3986, 2.3.
bool is_unreserved(unsigned char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

bool is_printable(unsigned char c) noexcept {
  return c >= 0x21 && c <= 0x7E;
}

template <typename Put>
void put_encoded(unsigned char c, Put&& put) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  put('%');
  put(kHex[c >> 4]);
  put(kHex[c & 0xF]);
}

template <typename Put>
void normalise_bytes(std::string_view raw, Put&& put) {
  for (std::size_t i = 0; i < raw.size(); ++i) {
    auto c = static_cast<unsigned char>(raw[i]);
    if (c != '%') {
      if (is_printable(c)) {
        put(raw[i]);
      } else {
        put_encoded(c, put);
      }
      continue;
    }
    const int high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : kNoDigit;
    const int low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : kNoDigit;
    if (high != kNoDigit && low != kNoDigit) {
      c = static_cast<unsigned char>(high * 16 + low);
      i += 2;
    }
    if (is_unreserved(c)) {
      put(static_cast<char>(c));
    } else {
      put_encoded(c, put);
    }
  }
}

/// The bytes that a normalised segment may hold as they are.
constexpr std::array<bool, 256> kPlain = [] {
  std::array<bool, 256> plain{};
  for (std::size_t c = 0x21; c <= 0x7E; ++c) plain[c] = true;
  for (const char c : std::string_view("/;?#%")) plain[static_cast<std::size_t>(c)] = false;
  return plain;
}();

bool ends_path(char c) noexcept {
  return c == '?' || c == '#';
}

/// The first byte from `at` on for which `is_end` holds, or the end.
template <typename IsEnd>
std::size_t find_from(std::string_view text, std::size_t at, IsEnd&& is_end) noexcept {
  while (at < text.size() && !is_end(text[at])) ++at;
  return at;
}

std::string_view without_authority(std::string_view target) noexcept {
  if (target.starts_with('/')) return target;
  const auto scheme = target.find("://");
  if (find_from(target, 0, ends_path) < scheme || scheme == std::string_view::npos) return target;
  const auto end = find_from(target, scheme + 3, [](char c) { return c == '/' || ends_path(c); });
  return end == target.size() || ends_path(target[end]) ? "/" : target.substr(end);
}

}  // namespace

PathSegments::PathSegments(std::string_view target) noexcept {
  target = without_authority(target);
  if (target.empty() || target.starts_with('/') || ends_path(target.front())) {
    read(target);
    return;
  }
  const bool is_asterisk = target.substr(0, find_from(target, 0, ends_path)) == "*";
  form_ = is_asterisk ? Form::Asterisk : Form::Authority;
}

void PathSegments::read(std::string_view path) noexcept {
  const auto is_end = [](char c) { return c == '/' || ends_path(c); };
  std::size_t at = 0;
  while (at < path.size() && path[at] == '/') {
    const auto begin = at + 1;
    const auto plain_end =
        find_from(path, begin, [](char c) { return !kPlain[static_cast<unsigned char>(c)]; });
    const bool is_plain = plain_end == path.size() || is_end(path[plain_end]);
    const auto end =
        is_plain ? plain_end
                 : find_from(path, plain_end, [&](char c) { return c == ';' || is_end(c); });
    at = find_from(path, end, is_end);
    if (count_ == kMostPathSegments) {
      is_cut_ = true;
      return;
    }
    const auto raw = path.substr(begin, end - begin);
    const bool fits = is_plain && raw.size() <= kMostSegmentBytes;
    push(fits ? PathSegment{raw.data(), static_cast<std::uint32_t>(raw.size()), false}
              : normalised(raw));
  }
}

void PathSegments::push(PathSegment segment) noexcept {
  const auto text = segment.text();
  ends_in_slash_ = text.empty() || text == "." || text == "..";
  if (!ends_in_slash_) segments_[count_++] = segment;
  if (text == ".." && count_ > 0) --count_;
}

PathSegment PathSegments::normalised(std::string_view raw) noexcept {
  char* const begin = text_.data() + count_ * kMostSegmentBytes;
  std::uint32_t size = 0;
  bool is_cut = false;
  // A byte makes at least a third of what it is read from, so more of it would not be kept.
  constexpr std::size_t kEnough = 3 * kMostSegmentBytes;
  normalise_bytes(raw.substr(0, kEnough), [&](char c) {
    if (size < kMostSegmentBytes) {
      begin[size++] = c;
    } else {
      is_cut = true;
    }
  });
  return {begin, size, is_cut || raw.size() > kEnough};
}

void append_normalised(std::string& out, std::string_view raw) {
  normalise_bytes(raw, [&out](char c) { out.push_back(c); });
}

void append_printable_path(std::string& out, std::string_view raw) {
  for (const char c : raw) {
    const auto byte = static_cast<unsigned char>(c);
    if (is_printable(byte)) {
      out.push_back(c);
    } else {
      put_encoded(byte, [&out](char digit) { out.push_back(digit); });
    }
  }
}

}  // namespace meshctl::telemetry
