#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace meshctl::http {

/// A complete head of the kind that nearly all are: HTTP/1.1, printable ASCII, no framing but a
/// Content-Length. A method that everyone knows and a target that begins with `/`, or a status from
/// 200 on. Views into the bytes that it was read from.
struct PlainHead {
  struct Span {
    std::uint16_t at;
    std::uint16_t size;
  };
  /// A value is not empty, and without the white space around it.
  struct Field {
    Span name;
    Span value;
  };
  /// Browsers send some 20.
  static constexpr std::size_t kMostFields = 40;

  [[nodiscard]] std::string_view text(Span span) const noexcept {
    return {begin + span.at, span.size};
  }

  const char* begin = nullptr;
  std::string_view method;   ///< of requests; static storage
  std::string_view target;   ///< of requests
  std::uint16_t status = 0;  ///< of responses
  /// Of Content-Length; a request without one has no body, a response without one is not plain.
  std::uint64_t body_bytes = 0;
  std::size_t size = 0;  ///< with the empty line
  std::size_t field_count = 0;
  std::array<Field, kMostFields> fields;  ///< the first `field_count`; the others are not set
};

/// Reads the head at the beginning of `bytes`. False where it is cut, or anything else than plain:
/// it may be right or wrong then, and is left to the full parser, which reads whatever is plain in
/// the same way. A third of that parser's time.
[[nodiscard]] bool read_plain_request(std::string_view bytes, PlainHead& head) noexcept;
[[nodiscard]] bool read_plain_response(std::string_view bytes, PlainHead& head) noexcept;

}  // namespace meshctl::http
