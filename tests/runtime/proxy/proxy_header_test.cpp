#include "runtime/proxy/proxy_header.h"

#include <doctest/doctest.h>

namespace meshctl::proxy {
namespace {

net::Address at(const char* host, std::uint16_t port) {
  const auto found = net::resolve({host, port});
  REQUIRE(found);
  return found->front();
}

TEST_CASE("version 1 is a line of text, as the PROXY protocol has it") {
  struct Row {
    const char* client;
    const char* listener;
    const char* want;
  };
  const Row rows[] = {
      {"10.1.2.3", "127.0.0.1", "PROXY TCP4 10.1.2.3 127.0.0.1 40000 14001\r\n"},
      {"::ffff:10.1.2.3", "::ffff:127.0.0.1", "PROXY TCP4 10.1.2.3 127.0.0.1 40000 14001\r\n"},
      {"2001:db8::1", "::1", "PROXY TCP6 2001:db8::1 ::1 40000 14001\r\n"},
      {"10.1.2.3", "::1", "PROXY TCP6 ::ffff:10.1.2.3 ::1 40000 14001\r\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.client);
    CHECK(proxy_header(ProxyHeader::V1, at(row.client, 40000), at(row.listener, 14001)) ==
          row.want);
  }
}

TEST_CASE("version 2 is the signature, the family, the length, and the addresses in binary") {
  const std::string signature("\r\n\r\n\0\r\nQUIT\n", 12);
  CHECK(proxy_header(ProxyHeader::V2, at("10.1.2.3", 0x1234), at("127.0.0.1", 80)) ==
        signature + std::string("\x21\x11\x00\x0C"
                                "\x0A\x01\x02\x03\x7F\x00\x00\x01\x12\x34\x00\x50",
                                16));
  const std::string first("\x20\x01\x0D\xB8\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
  const std::string second("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01", 16);
  CHECK(proxy_header(ProxyHeader::V2, at("2001:db8::1", 0x1234), at("::1", 80)) ==
        signature + std::string("\x21\x21\x00\x24", 4) + first + second +
            std::string("\x12\x34\x00\x50", 4));
}

}  // namespace
}  // namespace meshctl::proxy
