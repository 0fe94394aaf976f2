#include "runtime/base/trace_id.h"

namespace meshctl {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

/// At most 16 digits in lower case, all of `text`.
std::optional<std::uint64_t> read_hex(std::string_view text) noexcept {
  std::uint64_t value = 0;
  for (const char c : text) {
    const auto digit = kDigits.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    value = value << 4 | digit;
  }
  return value;
}

}  // namespace

std::optional<TraceId> read_traceparent(std::string_view value) noexcept {
  // version "-" trace-id "-" parent-id "-" trace-flags
  constexpr std::size_t kBytes = 55;
  constexpr std::uint64_t kSampled = 1;
  if (value.size() < kBytes || value[2] != '-' || value[35] != '-' || value[52] != '-')
    return std::nullopt;
  const auto version = read_hex(value.substr(0, 2));
  if (!version || *version == 0xff) return std::nullopt;
  // Later versions may say more behind another dash (4.3 of the recommendation).
  const bool is_longer = value.size() > kBytes;
  if (is_longer && (*version == 0 || value[kBytes] != '-')) return std::nullopt;
  const auto high = read_hex(value.substr(3, 16));
  const auto low = read_hex(value.substr(19, 16));
  const auto parent = read_hex(value.substr(36, 16));
  const auto flags = read_hex(value.substr(53, 2));
  if (!high || !low || !parent || !flags || *parent == 0) return std::nullopt;
  const TraceId id{*high, *low};
  if (!id.is_set() || (*flags & kSampled) == 0) return std::nullopt;
  return id;
}

std::string to_string(const TraceId& id) {
  std::string text;
  for (const std::uint64_t half : {id.high, id.low}) {
    for (int shift = 60; shift >= 0; shift -= 4) text += kDigits[half >> shift & 0xf];
  }
  return text;
}

}  // namespace meshctl
