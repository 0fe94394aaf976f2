#pragma once

#include <cstdint>
#include <map>
#include <string_view>
#include <vector>

#include "runtime/net/address.h"

namespace meshctl::proxy {

/// A TCP socket that listens in this network namespace.
struct ListeningPort {
  net::Address address = net::Address::ipv4_loopback(0);
  /// The socket's inode number, by which it is told whose it is.
  std::uint64_t inode = 0;
};

/// Reads the text of /proc/net/tcp or tcp6 (proc_net_tcp(5)). Lines that do not parse are passed
/// over.
[[nodiscard]] std::vector<ListeningPort> parse_proc_net_tcp(std::string_view text);

/// The sockets that listen here and are not this process's own: the address of each port, by
/// ascending port, the first socket of a port that has several. `reachable_only`: without those
/// bound to loopback. Reads /proc; empty where there is none.
[[nodiscard]] std::map<std::uint16_t, net::Address> listening_ports(bool reachable_only);

}  // namespace meshctl::proxy
