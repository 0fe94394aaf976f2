#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace meshctl::http::testing {

inline constexpr std::string_view kPreface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

inline std::string big_endian(std::uint32_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

/// A frame as RFC 9113, 4.1 lays it out.
inline std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream,
                         std::string_view payload) {
  return big_endian(static_cast<std::uint32_t>(payload.size()), 3) + static_cast<char>(type) +
         static_cast<char>(flags) + big_endian(stream, 4) + std::string(payload);
}

inline constexpr std::uint8_t kEndStream = 0x1;
inline constexpr std::uint8_t kAck = 0x1;
inline constexpr std::uint8_t kEndHeaders = 0x4;
inline constexpr std::uint8_t kPadded = 0x8;
inline constexpr std::uint8_t kPriority = 0x20;

inline std::string data(std::uint32_t stream, std::string_view content, std::uint8_t flags = 0) {
  return frame(0x0, flags, stream, content);
}
inline std::string headers(std::uint32_t stream, std::string_view block, std::uint8_t flags = 0) {
  return frame(0x1, static_cast<std::uint8_t>(flags | kEndHeaders), stream, block);
}
inline std::string rst_stream(std::uint32_t stream, std::uint32_t code) {
  return frame(0x3, 0, stream, big_endian(code, 4));
}
inline std::string goaway(std::uint32_t last_stream, std::string_view debug = {}) {
  return frame(0x7, 0, 0, big_endian(last_stream, 4) + big_endian(0, 4) + std::string(debug));
}
inline std::string settings(std::string_view entries = {}) {
  return frame(0x4, 0, 0, entries);
}
inline std::string settings_ack() {
  return frame(0x4, kAck, 0, {});
}

/// A literal field without indexing and without Huffman code (RFC 7541, 6.2.2).
inline std::string field(std::string_view name, std::string_view value) {
  return std::string(1, '\0') + static_cast<char>(name.size()) + std::string(name) +
         static_cast<char>(value.size()) + std::string(value);
}

}  // namespace meshctl::http::testing
