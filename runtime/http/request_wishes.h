#pragma once

#include <string_view>

namespace meshctl::http {

/// Whether a request asks for a connection that stays: its Accept names `text/event-stream` (HTML,
/// 9.2), or it has an Upgrade (RFC 9110, 7.8). `head` begins at the request line; what follows the
/// empty line is not looked at. Names and types compare without regard to case.
[[nodiscard]] bool wants_stream(std::string_view head) noexcept;

}  // namespace meshctl::http
