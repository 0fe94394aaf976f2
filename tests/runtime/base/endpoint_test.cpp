#include "runtime/base/endpoint.h"

#include <doctest/doctest.h>

namespace meshctl {
namespace {

TEST_CASE("an endpoint reads back as it was written") {
  struct Row {
    const char* text;
    Endpoint want;
    const char* printed;
  };
  const Row rows[] = {
      {"8087", {"", 8087}, "127.0.0.1:8087"},
      {"localhost:80", {"localhost", 80}, "localhost:80"},
      {"*:14001", {"*", 14001}, "*:14001"},
      {"[::1]:8087", {"::1", 8087}, "[::1]:8087"},
      {"0", {"", 0}, "127.0.0.1:0"},
      {"10.0.0.1:65535", {"10.0.0.1", 65535}, "10.0.0.1:65535"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto got = parse_endpoint(row.text, PortZeroIs::Allowed);
    REQUIRE(got);
    CHECK(*got == row.want);
    CHECK(to_string(*got) == row.printed);
  }
}

TEST_CASE("a bad endpoint is told in the writer's own words") {
  struct Row {
    const char* text;
    EndpointError want;
    const char* said;
  };
  const Row rows[] = {
      {"", EndpointError::Empty, "it is empty"},
      {"localhost:", EndpointError::PortMissing, "'localhost:' has no port"},
      {"[::1]", EndpointError::PortMissing, "'[::1]' has no port"},
      {"http", EndpointError::PortNotANumber, "'http' is not a port number"},
      {"-1", EndpointError::PortNotANumber, "'-1' is not a port number"},
      {"localhost:80a", EndpointError::PortNotANumber, "'80a' is not a port number"},
      {"99999", EndpointError::PortRange, "port 99999 is above 65535"},
      {"0", EndpointError::PortZero, "port 0 cannot be connected to"},
      {":8087", EndpointError::HostMissing,
       "':8087' has no host before the colon; write 8087 for this machine"},
      {"::1:8087", EndpointError::BareIpv6,
       "'::1:8087' needs brackets round the IPv6 address, as in [::1]:8087"},
      {"fe80::1:8087", EndpointError::BareIpv6,
       "'fe80::1:8087' needs brackets round the IPv6 address, as in [::1]:8087"},
      {"[::1:8087", EndpointError::Brackets, "'[::1:8087' does not read as [IPV6]:PORT"},
      {"[::1]8087", EndpointError::Brackets, "'[::1]8087' does not read as [IPV6]:PORT"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto got = parse_endpoint(row.text, PortZeroIs::Refused);
    REQUIRE_FALSE(got);
    CHECK(got.error() == row.want);
    CHECK(describe(got.error(), row.text) == row.said);
  }
}

}  // namespace
}  // namespace meshctl
