#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace meshctl::telemetry {

/// Deeper paths end in `/{more}`: routes that deep are not declared by hand.
inline constexpr std::size_t kMaxRouteSegments = 10;
/// A longer segment is a value, not a word.
inline constexpr std::size_t kMaxRouteSegment = 40;

/// Holds any route that the rules can make: each byte of a word may become `%XX`.
using RouteBuffer = std::array<char, kMaxRouteSegments*(1 + 3 * kMaxRouteSegment) + 16>;

/// True for a segment that is a value: digits, UUID, long hex, ULID, base64-like, date, e-mail, or
/// longer than kMaxRouteSegment. Words stay words, with `.`, `-`, `_` and digits in them (`v1`).
[[nodiscard]] bool is_variable_segment(std::string_view segment) noexcept;

/// Makes the route of a raw path in `buffer`; the result lives as long as the buffer. Variable
/// segments become `{id}`. Path parameters (`;jsessionid=...`) and, should one be there, the query
/// are dropped, and so are scheme and authority of an absolute form. Bytes outside 0x21..0x7e
/// become
/// `%XX`, so every route is printable ASCII, and both spellings of a path meet in one route.
[[nodiscard]] std::string_view make_route(std::string_view path, RouteBuffer& buffer) noexcept;

}  // namespace meshctl::telemetry
