#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "runtime/net/address.h"

namespace meshctl::proxy {

/// Who can reach an application, by the sockets that it listens at.
enum class Reach : std::uint8_t { Nobody, Loopback, Everyone };

/// Reads the listening sockets from the text of /proc/net/tcp or tcp6 (proc_net_tcp.rst of the
/// kernel), which has them before all others: the text may end after them. Lines that do not parse
/// are passed over.
[[nodiscard]] std::vector<net::Address> parse_proc_net_tcp(std::string_view text);

/// The addresses that are listened at in this network namespace, IPv4 first, from sock_diag or else
/// /proc. Nothing where neither can be read.
[[nodiscard]] std::optional<std::vector<net::Address>> listening_addresses();
/// The second of them: reads as much of /proc/net/tcp and tcp6 as holds them.
[[nodiscard]] std::optional<std::vector<net::Address>> listening_addresses_by_proc();

/// The same without what is listened at by us: `own` holds our listening addresses, of which one
/// for every interface may stand for several sockets of its port.
[[nodiscard]] std::optional<std::vector<net::Address>> listening_addresses_but(
    const std::vector<net::Address>& own);

/// Who can reach `port` at the addresses that callers of `ours` use, if `listening` are the
/// addresses that are listened at.
[[nodiscard]] Reach reach_of(std::uint16_t port, const std::vector<net::Address>& listening,
                             const net::Address& ours);

}  // namespace meshctl::proxy
