#pragma once

#include <string_view>

namespace meshctl::web {

/// Of ASCII letters alone, as HTTP's names compare (RFC 9110, 5.1).
[[nodiscard]] bool equals_ignoring_case(std::string_view a, std::string_view b) noexcept;

/// Whether `word`, which is not empty, stands anywhere in `text`, compared likewise.
[[nodiscard]] bool contains_ignoring_case(std::string_view text, std::string_view word) noexcept;

/// What a Content-Type names, without its parameters (RFC 9110, 8.3.1): `application/json`.
[[nodiscard]] std::string_view media_type(std::string_view content_type) noexcept;

/// Whether an Accept-Encoding names `coding`, or `*`, with another weight than 0 (RFC
/// 9110, 12.5.3). Empty: no.
[[nodiscard]] bool accepts_coding(std::string_view accept_encoding,
                                  std::string_view coding) noexcept;

}  // namespace meshctl::web
