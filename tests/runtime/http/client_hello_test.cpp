#include "runtime/http/client_hello.h"

#include <doctest/doctest.h>

#include <string>

#include "tests/runtime/http/hellos.h"

namespace meshctl::http {
namespace {

using namespace std::string_literals;
using namespace testing;
using Status = ClientHelloReader::Status;

struct Row {
  const char* name;
  std::string wire;
  Status want;
  ClientHello hello = {};
};

/// Feeds `wire` in two parts, as two reads from a socket would.
void check_in_two(const Row& row, std::size_t cut) {
  ClientHelloReader reader;
  auto status = reader.feed(std::string_view(row.wire).substr(0, cut));
  if (status == Status::NeedMore) status = reader.feed(std::string_view(row.wire).substr(cut));
  CHECK(status == row.want);
  CHECK(reader.hello() == row.hello);
}

void check_byte_by_byte(const Row& row) {
  ClientHelloReader reader;
  auto status = Status::NeedMore;
  for (const char byte : row.wire) status = reader.feed({&byte, 1});
  CHECK(status == row.want);
  CHECK(reader.hello() == row.hello);
}

const std::string kFull = hello_body(server_name("api.example.com") + alpn("h2", "http/1.1") +
                                     supported_versions("\x0a\x0a\x03\x04\x03\x03"));

TEST_CASE("a ClientHello is read to the same result wherever records and reads are cut") {
  const ClientHello full{0x0304, "api.example.com", "h2,http/1.1"};
  const Row rows[] = {
      {"whole", records(handshake(kFull)), Status::Done, full},
      {"what follows is not looked at", records(handshake(kFull)) + "more", Status::Done, full},
      {"over many records", records(handshake(kFull), 7), Status::Done, full},
      {"a record a byte", records(handshake(kFull), 1), Status::Done, full},
      {"no extensions at all",
       records(handshake("\x03\x01"s + std::string(32, 'r') + vector("", 1) + vector("ab", 2) +
                         vector("\0"s, 1))),
       Status::Done,
       {0x0301, "", ""}},
      {"TLS 1.3 only where the extension offers it",
       records(handshake(hello_body(server_name("a")))),
       Status::Done,
       {0x0303, "a", ""}},
      {"the old field never tells of TLS 1.3",
       records(handshake("\x03\x04"s + hello_body("").substr(2))),
       Status::Done,
       {0x0303, "", ""}},
      {"versions that nobody knows are passed over",
       records(handshake(hello_body(supported_versions("\x7f\x1c\x03\x02\x1a\x1a")))),
       Status::Done,
       {0x0302, "", ""}},
      {"names beyond 255 bytes are cut",
       records(handshake(hello_body(server_name(std::string(300, 'n'))))),
       Status::Done,
       {0x0303, std::string(255, 'n'), ""}},
      {"protocols that do not fit are left out",
       records(handshake(hello_body(alpn("h2", std::string(62, 'p'))))),
       Status::Done,
       {0x0303, "", "h2"}},
      {"another type of name",
       records(handshake(hello_body(extension(0, vector("\x01"s + vector("x", 2), 2))))),
       Status::Done,
       {0x0303, "", ""}},
      {"cut short", records(handshake(kFull)).substr(0, 60), Status::NeedMore},
      {"another handshake message", records("\x02" + vector(kFull, 3)), Status::Malformed},
      {"an alert instead", "\x15\x03\x01\x00\x02\x02\x28"s, Status::Malformed},
      {"an alert in the middle", records(handshake(kFull)).substr(0, 5) + kFull, Status::Malformed},
      {"a record of another type in the middle",
       records(handshake(kFull).substr(0, 50)) + "\x14\x03\x01\x00\x01\x01"s, Status::Malformed},
      {"an empty record", "\x16\x03\x01\x00\x00"s + records(handshake(kFull)), Status::Malformed},
      {"a record beyond the limit", "\x16\x03\x01\x40\x01"s, Status::Malformed},
      {"an empty hello", records(handshake("")), Status::Malformed},
      {"SSL 2", records(handshake("\x00\x02"s + kFull.substr(2))), Status::Malformed},
      {"an extension that leaves its list", records(handshake(hello_body("\x00\x2b\x00\x09\x01"s))),
       Status::Malformed},
      {"a name that leaves its extension",
       records(handshake(hello_body(extension(0, "\x00\x09\x00\x00\x06xxx"s)))), Status::Malformed},
      {"a list of versions that leaves its extension",
       records(handshake(hello_body(supported_versions("\x03")))), Status::Malformed},
      {"bytes behind the extensions", records(handshake(kFull + "x")), Status::Malformed},
      {"longer than a hello gets", records("\x01" + number(16 * 1024 - 3, 3)), Status::TooLarge},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (std::size_t cut = 0; cut <= row.wire.size(); ++cut) {
      CAPTURE(cut);
      check_in_two(row, cut);
    }
    check_byte_by_byte(row);
  }
}

TEST_CASE("a hello as long as one gets is read") {
  const auto padding = ClientHelloReader::kMostBytes - 4 - hello_body("").size() - 4;
  const auto body = hello_body(extension(21, std::string(padding, '\0')));
  ClientHelloReader reader;
  CHECK(reader.feed(records(handshake(body))) == Status::Done);
  ClientHelloReader longer;
  CHECK(longer.feed(records(handshake(
            hello_body(extension(21, std::string(padding + 1, '\0')))))) == Status::TooLarge);
}

TEST_CASE("versions of TLS have names") {
  CHECK(tls_version_name(0x0300) == "ssl3");
  CHECK(tls_version_name(0x0301) == "1.0");
  CHECK(tls_version_name(0x0302) == "1.1");
  CHECK(tls_version_name(0x0303) == "1.2");
  CHECK(tls_version_name(0x0304) == "1.3");
  CHECK(tls_version_name(0x7f1c) == "unknown");
}

}  // namespace
}  // namespace meshctl::http
