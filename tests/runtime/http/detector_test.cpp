#include "runtime/http/detector.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::http {
namespace {

using namespace std::string_view_literals;

TEST_CASE("the first bytes tell the protocol, and nothing is told a byte too early") {
  struct Row {
    const char* name;
    std::string_view bytes;
    Detected want;
    /// How many bytes it takes to know.
    std::size_t known_after;
  };
  const Row rows[] = {
      {"GET", "GET / HTTP/1.1\r\n", Detected::Http1, 4},
      {"the longest method", "MKACTIVITY / HTTP/1.1\r\n", Detected::Http1, 11},
      {"DELETE", "DELETE /x HTTP/1.0\r\n", Detected::Http1, 7},
      {"a method that goes on", "GETS / HTTP/1.1\r\n", Detected::Opaque, 4},
      {"lower case", "get / HTTP/1.1\r\n", Detected::Opaque, 1},
      {"an empty line before the request", "\r\nGET / HTTP/1.1\r\n", Detected::Http1, 6},
      {"the HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Detected::Http2, 14},
      {"nearly the preface", "PRI * HTTP/1.1\r\n", Detected::Opaque, 12},
      {"a TLS ClientHello", "\x16\x03\x01\x02\x00\x01"sv, Detected::Tls, 2},
      {"a handshake byte alone is not TLS", "\x16\x04\x01"sv, Detected::Opaque, 2},
      {"PostgreSQL's SSLRequest", "\x00\x00\x00\x08\x04\xd2\x16\x2f"sv, Detected::Opaque, 1},
      {"SSH", "SSH-2.0-OpenSSH_9.2\r\n", Detected::Ssh, 4},
      {"nearly SSH", "SSX", Detected::Opaque, 3},
      {"Redis", "*1\r\n$4\r\nPING\r\n", Detected::Opaque, 1},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (std::size_t size = 0; size <= row.bytes.size(); ++size) {
      CAPTURE(size);
      const auto want = size < row.known_after ? Detected::NotYet : row.want;
      CHECK(detect(row.bytes.substr(0, size)) == want);
    }
  }
}

TEST_CASE("line ends without end are opaque, not waited for") {
  CHECK(detect("\r\n") == Detected::NotYet);
  CHECK(detect("\r\n\r\n") == Detected::NotYet);
  CHECK(detect("\r\n\r\n\r\n") == Detected::Opaque);
  CHECK(detect("\r\n\r\n\r\nGET / HTTP/1.1\r\n") == Detected::Opaque);
}

TEST_CASE("a server that speaks first speaks HTTP/2 if that is its SETTINGS frame") {
  struct Row {
    const char* name;
    std::string bytes;
    Detected want;
  };
  const std::string settings("\0\0\x06\x04\0\0\0\0\0", 9);
  const Row rows[] = {
      {"settings", settings, Detected::Http2},
      {"settings and more", settings + "\0\x03", Detected::Http2},
      {"no settings in it", std::string("\0\0\0\x04\0\0\0\0\0", 9), Detected::Http2},
      {"another frame", std::string("\0\0\x06\x01\0\0\0\0\0", 9), Detected::Opaque},
      {"an acknowledgement", std::string("\0\0\0\x04\x01\0\0\0\0", 9), Detected::Opaque},
      {"of a stream", std::string("\0\0\0\x04\0\0\0\0\x01", 9), Detected::Opaque},
      {"of no settings' size", std::string("\0\0\x07\x04\0\0\0\0\0", 9), Detected::Opaque},
      {"SSH", "SSH-2.0-x\r\n", Detected::Opaque},
      {"MySQL", std::string("\x4a\0\0\0\x0a", 5), Detected::Opaque},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(detect_server_first(row.bytes) == row.want);
    for (std::size_t size = 1; size < row.bytes.size(); ++size) {
      const auto early = detect_server_first(std::string_view(row.bytes).substr(0, size));
      CHECK((early == Detected::NotYet || early == row.want));
    }
  }
}

}  // namespace
}  // namespace meshctl::http
