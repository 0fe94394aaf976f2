#include "runtime/proxy/listening_ports.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "runtime/net/listener.h"

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

/// `ADDRESS:PORT #INODE KIND; ` for each.
std::string texts(std::string_view table) {
  std::string text;
  for (const auto& found : parse_proc_net_tcp(table)) {
    const char* kind = found.address.is_loopback() ? " loopback"
                       : found.address.is_any()    ? " any"
                                                   : "";
    text += fmt::format("{} #{}{}; ", found.address.to_string(), found.inode, kind);
  }
  return text;
}

TEST_CASE("listening sockets are read from the kernel's table, connected ones are not") {
  CHECK(texts(kTcp) == "127.0.0.1:8087 #11 loopback; 0.0.0.0:80 #12 any; ");
  CHECK(texts(kTcp6) ==
        "[::1]:8080 #14 loopback; [::]:8081 #15 any; [::ffff:127.0.0.1]:8082 #16 loopback; ");
}

TEST_CASE("a table that is cut anywhere yields whole entries or none") {
  for (std::size_t cut = 0; cut <= kTcp.size(); ++cut) {
    for (const auto& found : parse_proc_net_tcp(kTcp.substr(0, cut))) {
      CAPTURE(cut);
      CHECK((found.address.port() == 8087 || found.address.port() == 80));
    }
  }
  CHECK(parse_proc_net_tcp("").empty());
  CHECK(parse_proc_net_tcp("garbage\n\n  : : :\n").empty());
}

class IgnoreAll final : public net::Acceptor {
 public:
  void on_connection(net::TcpHandle) noexcept override {}
  void on_accept_failed(net::UvError) noexcept override {}
};

TEST_CASE("our own listeners are not candidates") {
  net::Loop loop;
  IgnoreAll ignore;
  const auto own = net::Listener::open(loop, {net::Address::ipv4_loopback(0)}, ignore);
  REQUIRE(own);
  const auto ports = listening_ports(false);
  CHECK_FALSE(ports.contains((*own)->address().port()));
}

}  // namespace
}  // namespace meshctl::proxy
