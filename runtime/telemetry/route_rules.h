#pragma once

#include <cstddef>
#include <string_view>

namespace meshctl::telemetry {

/// A longer segment is a value, not a word.
inline constexpr std::size_t kMaxRouteSegment = 40;

/// True for a segment that is a value: digits, UUID, long hex, ULID, base64-like, date, e-mail, or
/// longer than kMaxRouteSegment. Words stay words, with `.`, `-`, `_` and digits in them (`v1`).
/// `segment` is normalised (PathSegments).
[[nodiscard]] bool is_variable_segment(std::string_view segment) noexcept;

}  // namespace meshctl::telemetry
