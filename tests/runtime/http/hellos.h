#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

namespace meshctl::http::testing {

inline std::string number(std::size_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

/// A vector of RFC 8446, 3.4: its length in `bytes` bytes, then its content.
inline std::string vector(std::string_view content, int bytes) {
  return number(content.size(), bytes) + std::string(content);
}

inline std::string extension(std::uint16_t type, std::string_view data) {
  return number(type, 2) + vector(data, 2);
}
inline std::string server_name(std::string_view name) {
  return extension(0, vector(std::string(1, '\0') + vector(name, 2), 2));
}
inline std::string alpn(std::string_view first, std::string_view second) {
  return extension(16, vector(vector(first, 1) + vector(second, 1), 2));
}
/// `versions`: two bytes each.
inline std::string supported_versions(std::string_view versions) {
  return extension(43, vector(versions, 1));
}

/// A ClientHello without its handshake header (RFC 8446, 4.1.2); TLS 1.2 unless an extension says
/// more.
inline std::string hello_body(std::string_view extensions) {
  return "\x03\x03" + std::string(32, 'r') + vector("session", 1) + vector("\x13\x01\x13\x02", 2) +
         vector(std::string(1, '\0'), 1) + vector(extensions, 2);
}

inline std::string handshake(std::string_view body) {
  return "\x01" + vector(body, 3);
}

/// `message` as handshake records of at most `most` bytes (RFC 8446, 5.1).
inline std::string records(std::string_view message, std::size_t most = 16384) {
  std::string out;
  for (; !message.empty(); message.remove_prefix(std::min(most, message.size())))
    out += "\x16\x03\x01" + vector(message.substr(0, most), 2);
  return out;
}

}  // namespace meshctl::http::testing
