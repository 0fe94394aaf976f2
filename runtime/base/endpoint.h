#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace meshctl {

/// A place to listen at or to connect to: a host and a TCP port.
struct Endpoint {
  /// A name, an IPv4 or IPv6 literal without brackets, `*` (every interface), or empty (loopback).
  std::string host;
  /// 0 asks the kernel for a free port (listening only).
  std::uint16_t port = 0;

  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

enum class EndpointError {
  Empty,        ///< nothing was given
  PortMissing,  ///< `localhost:` or `[::1]`
  PortNotANumber,
  PortRange,    ///< above 65535
  PortZero,     ///< 0 where a real port is needed
  HostMissing,  ///< `:8087`
  BareIpv6,     ///< `::1:8087`: an IPv6 address needs brackets before a port
  Brackets,     ///< `[::1`, `[]:1`
};

enum class PortZeroIs { Allowed, Refused };

/// Reads `PORT`, `HOST:PORT`, `[IPV6]:PORT` or `*:PORT`.
[[nodiscard]] Result<Endpoint, EndpointError> parse_endpoint(std::string_view text,
                                                             PortZeroIs zero);

/// Says what is wrong with an endpoint, for the person who wrote it: "port 99999 is above 65535".
[[nodiscard]] std::string describe(EndpointError error, std::string_view text);

/// `HOST:PORT`, brackets round an IPv6 host; an empty host is written as 127.0.0.1.
[[nodiscard]] std::string to_string(const Endpoint& endpoint);

}  // namespace meshctl
