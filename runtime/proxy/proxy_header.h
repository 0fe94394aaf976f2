#pragma once

#include <string>

#include "runtime/net/address.h"

namespace meshctl::proxy {

/// The version of the PROXY protocol that the application is told the client's address in.
enum class ProxyHeader : std::uint8_t { None, V1, V2 };

/// The bytes that go ahead of a connection (PROXY protocol, sections 2.1 and 2.2): the client's
/// address, and the one that it connected to. IPv4 where both are, also as IPv4-mapped IPv6.
/// `version` must not be None.
[[nodiscard]] std::string proxy_header(ProxyHeader version, const net::Address& client,
                                       const net::Address& listener);

}  // namespace meshctl::proxy
