#pragma once

#include <cstdint>
#include <string_view>

namespace meshctl::http {

/// What the first bytes of a client say about the protocol of a connection.
enum class Detected : std::uint8_t {
  NotYet,  ///< all bytes so far are the beginning of more than one protocol
  Http1,   ///< a request line's method and its space (RFC 9112, 3)
  Http2,   ///< the connection preface (RFC 9113, 3.4)
  Tls,     ///< a handshake record (RFC 8446, 5.1)
  Ssh,     ///< its identification, which neither side waits for (RFC 4253, 4.2)
  Opaque,  ///< none of these
};

/// Tells the protocol from the first bytes that a client sent, given together from the first on.
/// Answers as soon as the bytes leave one possibility, at most four line ends and kMostBytes on.
///
/// Biased towards Opaque: a protocol that we do not know for sure is forwarded without being read.
[[nodiscard]] Detected detect(std::string_view first_bytes) noexcept;

/// Tells the protocol from the first bytes that a server sent before any came from the client:
/// HTTP/2 if they are its SETTINGS frame (RFC 9113, 3.4), for a server need not wait; else Opaque.
/// Answers at nine bytes at the latest.
[[nodiscard]] Detected detect_server_first(std::string_view first_bytes) noexcept;

/// Bytes of empty lines before a request line that are passed over.
inline constexpr std::size_t kMostLineEnds = 4;
/// The HTTP/2 preface up to its version, the longest text that detect() compares.
inline constexpr std::size_t kMostBytes = 14;

}  // namespace meshctl::http
