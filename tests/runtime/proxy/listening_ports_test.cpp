#include "runtime/proxy/listening_ports.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "runtime/net/listener.h"
#include "runtime/net/sock_diag.h"

namespace meshctl::proxy {
namespace {

constexpr std::string_view kTcp =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "
    "inode\n"
    "   0: 0100007F:1F97 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11 "
    "1 0\n"
    "   1: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 12 "
    "1 0\n"
    "   2: 0100007F:C000 0100007F:1F97 01 00000000:00000000 00:00000000 00000000     0        0 13 "
    "1 0\n";
constexpr std::string_view kTcp6 =
    "  sl  local_address remote_address st\n"
    "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 14 1 0\n"
    "   1: 00000000000000000000000000000000:1F91 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 15 1 0\n"
    "   2: 0000000000000000FFFF00000100007F:1F92 00000000000000000000000000000000:0000 0A "
    "00000000:00000000 00:00000000 00000000     0        0 16 1 0\n";

/// `ADDRESS:PORT KIND; ` for each.
std::string texts(std::string_view table) {
  std::string text;
  for (const auto& address : parse_proc_net_tcp(table)) {
    const char* kind = address.is_loopback() ? " loopback" : address.is_any() ? " any" : "";
    text += fmt::format("{}{}; ", address.to_string(), kind);
  }
  return text;
}

TEST_CASE("listening sockets are read from the kernel's table, connected ones are not") {
  CHECK(texts(kTcp) == "127.0.0.1:8087 loopback; 0.0.0.0:80 any; ");
  CHECK(texts(kTcp6) == "[::1]:8080 loopback; [::]:8081 any; [::ffff:127.0.0.1]:8082 loopback; ");
}

TEST_CASE("a table that is cut anywhere yields whole entries or none") {
  for (std::size_t cut = 0; cut <= kTcp.size(); ++cut) {
    for (const auto& address : parse_proc_net_tcp(kTcp.substr(0, cut))) {
      CAPTURE(cut);
      CHECK((address.port() == 8087 || address.port() == 80));
    }
  }
  CHECK(parse_proc_net_tcp("").empty());
  CHECK(parse_proc_net_tcp("garbage\n\n  : : :\n").empty());
}

net::Address address(const char* host, std::uint16_t port) {
  return net::resolve({host, port})->front();
}

TEST_CASE("who reaches a port is told by the widest of its sockets") {
  const std::vector all{address("127.0.0.1", 1), address("::1", 2), address("0.0.0.0", 2),
                        address("10.0.0.1", 3), address("::", 4)};
  const auto everywhere = address("::", 9);
  CHECK(reach_of(1, all, everywhere) == Reach::Loopback);
  CHECK(reach_of(2, all, everywhere) == Reach::Everyone);
  CHECK(reach_of(3, all, everywhere) == Reach::Everyone);
  CHECK(reach_of(4, all, everywhere) == Reach::Everyone);
  CHECK(reach_of(5, all, everywhere) == Reach::Nobody);
  // By a port of ours at one address, that address alone is reached.
  CHECK(reach_of(3, all, address("10.0.0.1", 9)) == Reach::Everyone);
  CHECK(reach_of(3, all, address("10.0.0.2", 9)) == Reach::Nobody);
  CHECK(reach_of(4, all, address("10.0.0.2", 9)) == Reach::Everyone);
  CHECK(reach_of(1, all, address("10.0.0.2", 9)) == Reach::Loopback);
  CHECK(reach_of(1, all, address("127.0.0.1", 9)) == Reach::Everyone);
}

class IgnoreAll final : public net::Acceptor {
 public:
  void on_connection(net::TcpHandle) noexcept override {}
  void on_accept_failed(net::UvError) noexcept override {}
};

TEST_CASE("the kernel's two lists of what listens here say the same") {
  net::Loop loop;
  IgnoreAll ignore;
  const auto ipv4 = net::Listener::open(loop, {address("127.0.0.7", 0)}, ignore);
  const auto ipv6 = net::Listener::open(loop, {address("::1", 0)}, ignore);
  const auto any = net::Listener::open(loop, {address("::", 0)}, ignore);
  const auto text_of = [](std::optional<std::vector<net::Address>> found, std::uint16_t port) {
    std::string text;
    for (const auto& each : found.value_or(std::vector<net::Address>()))
      text += each.port() == port ? each.to_string() : "";
    return text;
  };
  for (const auto* each : {&ipv4, &ipv6, &any}) {
    if (!*each) continue;  // without IPv6
    const auto& at = (**each)->address();
    CHECK(text_of(listening_addresses_by_proc(), at.port()) == at.to_string());
    CHECK(text_of(net::listening_by_sock_diag(), at.port()) == at.to_string());
  }
}

TEST_CASE("what listens here is found, our own listeners aside") {
  net::Loop loop;
  IgnoreAll ignore;
  const auto application = net::Listener::open(loop, {address("127.0.0.9", 0)}, ignore);
  const auto own = net::Listener::open(loop, {address("127.0.0.1", 0)}, ignore);
  REQUIRE(application);
  REQUIRE(own);
  const auto port = (*application)->address().port();
  // Of the application's port, and yet not its socket.
  const auto own_too = net::Listener::open(loop, {address("127.0.0.1", port)}, ignore);
  REQUIRE(own_too);
  const auto found = listening_addresses_but({(*own)->address(), (*own_too)->address()});
  REQUIRE(found);
  const auto texts_of = [&](std::uint16_t wanted) {
    std::string text;
    for (const auto& each : *found) text += each.port() == wanted ? each.to_string() : "";
    return text;
  };
  CHECK(texts_of((*own)->address().port()).empty());
  CHECK(texts_of(port) == (*application)->address().to_string());
  // One for every interface stands for several sockets.
  const auto without = listening_addresses_but({address("::", port)});
  REQUIRE(without);
  CHECK(reach_of(port, *without, address("::", 9)) == Reach::Nobody);
}

}  // namespace
}  // namespace meshctl::proxy
