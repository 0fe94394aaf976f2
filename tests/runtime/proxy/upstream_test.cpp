#include "runtime/proxy/upstream.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

namespace meshctl::proxy {
namespace {

net::Address address(std::string_view host, std::uint16_t port = 1) {
  return net::resolve({std::string(host), port})->front();
}

std::string texts(const Targets& targets) {
  std::string text;
  for (const auto& each : targets.addresses) {
    text += each.to_string() + " ";
    if (each.scope_id() != 0) text += fmt::format("on {} ", each.scope_id());
  }
  if (targets.source) text += fmt::format("from {}", targets.source->host(true));
  return text;
}

TEST_CASE("callers at loopback are led to loopback, all others to the address that they used") {
  struct Row {
    const char* local;
    const char* peer;
    const char* want;
  };
  const Row rows[] = {
      {"127.0.0.1", "127.0.0.1", "127.0.0.1:8087 [::1]:8087 "},
      {"127.0.0.9", "127.0.0.3", "127.0.0.1:8087 [::1]:8087 "},
      {"::1", "::1", "[::1]:8087 127.0.0.1:8087 "},
      {"::ffff:127.0.0.1", "::ffff:127.0.0.1", "127.0.0.1:8087 [::1]:8087 "},
      {"10.0.0.7", "10.0.0.9", "10.0.0.7:8087 "},
      {"::ffff:10.0.0.7", "::ffff:10.0.0.9", "10.0.0.7:8087 "},
      {"fd00::7", "fd00::9", "[fd00::7]:8087 "},
      {"fe80::7%lo", "fe80::9%lo", "[fe80::7]:8087 on 1 "},
      {"10.0.0.7", "127.0.0.6", "10.0.0.7:8087 "},
      {"::ffff:10.0.0.7", "::ffff:127.0.0.6", "10.0.0.7:8087 "},
      {"127.0.0.1", "10.0.0.9", "127.0.0.1:8087 from 10.0.0.9"},
      {"::ffff:127.0.0.1", "::ffff:10.0.0.9", "127.0.0.1:8087 from 10.0.0.9"},
      {"::1", "fd00::9", "[::1]:8087 from fd00::9"},
  };
  const auto upstream = Upstream::open(Forward{{}, Endpoint{"", 8087}});
  REQUIRE(upstream);
  for (const Row& row : rows) {
    CAPTURE(row.local);
    CAPTURE(row.peer);
    CHECK(texts((*upstream)->targets_for({address(row.local), address(row.peer)})) == row.want);
  }
}

TEST_CASE("an address by name is the same for all callers") {
  const auto upstream = Upstream::open(Forward{{}, Endpoint{"127.0.0.1", 8087}});
  REQUIRE(upstream);
  CHECK(texts((*upstream)->targets_for({address("10.0.0.7"), address("10.0.0.9")})) ==
        "127.0.0.1:8087 ");
  CHECK(texts((*upstream)->named_targets()) == "127.0.0.1:8087 ");
  CHECK((*upstream)->has_host());
}

TEST_CASE("every address as a place to connect to is loopback") {
  for (const auto& [host, want] :
       {std::pair{"0.0.0.0", "127.0.0.1:8087 "}, {"::", "[::1]:8087 "}}) {
    const auto upstream = Upstream::open(Forward{{}, Endpoint{host, 8087}});
    REQUIRE(upstream);
    CHECK(texts((*upstream)->named_targets()) == want);
    CHECK((*upstream)->leads_to(address(host, 8087)));
    CHECK((*upstream)->leads_to(
        address(std::string_view(want).substr(0, 3) == "127" ? "127.0.0.1" : "::1", 8087)));
  }
}

TEST_CASE("auto has no address until its port is known, and loses it again") {
  const auto upstream = Upstream::open(Forward{{}, std::nullopt});
  REQUIRE(upstream);
  const CallerEnds ends{address("10.0.0.7"), address("10.0.0.9")};
  CHECK((*upstream)->targets_for(ends).addresses.empty());
  (*upstream)->set_port(9090);
  CHECK(texts((*upstream)->targets_for(ends)) == "10.0.0.7:9090 ");
  (*upstream)->set_port(0);
  CHECK((*upstream)->targets_for(ends).addresses.empty());
}

TEST_CASE("both ends make a caller one at loopback") {
  CHECK(CallerEnds{address("127.0.0.1"), address("127.0.0.1")}.are_loopback());
  CHECK(CallerEnds{address("::1"), address("::1")}.are_loopback());
  CHECK(CallerEnds{address("::ffff:127.0.0.1"), address("::ffff:127.0.0.5")}.are_loopback());
  CHECK_FALSE(CallerEnds{address("10.0.0.7"), address("127.0.0.6")}.are_loopback());
  CHECK_FALSE(CallerEnds{address("127.0.0.1"), address("10.0.0.9")}.are_loopback());
}

TEST_CASE("who reaches a named application is told by whether it listens there") {
  const auto upstream = Upstream::open(Forward{{}, Endpoint{"127.0.0.1", 8087}});
  REQUIRE(upstream);
  CHECK((*upstream)->is_here());
  CHECK((*upstream)->reach({address("127.0.0.1", 8087)}, address("::", 14001)) == Reach::Everyone);
  CHECK((*upstream)->reach({address("0.0.0.0", 8087)}, address("::", 14001)) == Reach::Everyone);
  CHECK((*upstream)->reach({address("::", 8087)}, address("::", 14001)) == Reach::Everyone);
  CHECK((*upstream)->reach({address("127.0.0.2", 8087)}, address("::", 14001)) == Reach::Nobody);
  CHECK((*upstream)->reach({address("127.0.0.1", 8088)}, address("::", 14001)) == Reach::Nobody);
  const auto remote = Upstream::open(Forward{{}, Endpoint{"192.0.2.1", 8087}});
  REQUIRE(remote);
  CHECK_FALSE((*remote)->is_here());
}

TEST_CASE("a socket that is connected to its own address met itself") {
  const auto to = address("127.0.0.1", 40000);
  CHECK(Upstream::met_itself(to, address("127.0.0.1", 40000)));
  CHECK_FALSE(Upstream::met_itself(to, address("127.0.0.1", 40001)));
  CHECK_FALSE(Upstream::met_itself(to, address("127.0.0.2", 40000)));
  CHECK_FALSE(Upstream::met_itself(to, std::nullopt));
}

}  // namespace
}  // namespace meshctl::proxy
