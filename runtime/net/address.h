#pragma once

#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/endpoint.h"
#include "runtime/base/result.h"
#include "runtime/net/uv_error.h"

namespace meshctl::net {

/// An IPv4 or IPv6 socket address with its port.
class Address {
 public:
  [[nodiscard]] static Address ipv4_loopback(std::uint16_t port) noexcept;
  [[nodiscard]] static Address ipv6_loopback(std::uint16_t port) noexcept;
  /// Copies what getaddrinfo or getsockname gave; the family must be AF_INET or AF_INET6.
  [[nodiscard]] static Address from(const sockaddr& raw) noexcept;

  [[nodiscard]] const sockaddr& raw() const noexcept;
  [[nodiscard]] std::uint16_t port() const noexcept;
  [[nodiscard]] bool is_loopback() const noexcept;
  /// 0.0.0.0 or `::`: every address of this machine, as a place to listen at.
  [[nodiscard]] bool is_any() const noexcept;
  /// Belongs to this machine (this network namespace): loopback, or an address of an interface.
  /// Asks the kernel.
  [[nodiscard]] bool is_here() const noexcept;
  /// The same address, port aside. An IPv4 address is the IPv6 one that stands for it; a missing
  /// scope fits any.
  [[nodiscard]] bool has_host_of(const Address& other) const noexcept;
  /// A connection to this address would come to a listener that is bound to `listener`, as far as
  /// the addresses tell.
  [[nodiscard]] bool leads_to(const Address& listener) const noexcept;
  /// The same host at another port: an IPv6 address that stands for an IPv4 one becomes that one,
  /// so that an IPv4 socket can be connected to it; the scope of a link-local one stays.
  [[nodiscard]] Address at_port(std::uint16_t port) const noexcept;
  /// The interface that a link-local IPv6 address is of (RFC 4007, 6); 0 where there is none.
  [[nodiscard]] std::uint32_t scope_id() const noexcept;
  /// Not a link-local address without its interface, which cannot be connected to.
  [[nodiscard]] bool has_scope() const noexcept;
  /// Of an IPv6 address.
  void set_scope(std::uint32_t interface) noexcept;
  /// IPv4, or IPv6 that stands for an IPv4 address (RFC 4291, 2.5.5.2).
  [[nodiscard]] bool is_ipv4() const noexcept;
  /// The host alone: `127.0.0.1`, or with `as_ipv4` false `::ffff:127.0.0.1`. An IPv6 address has
  /// one form only.
  [[nodiscard]] std::string host(bool as_ipv4) const;
  /// The host as an IPv6 address, an IPv4 one as what stands for it: its last four bytes.
  [[nodiscard]] std::array<char, 16> ipv6_bytes() const noexcept;
  /// `127.0.0.1:8087`, `[::1]:8087`.
  [[nodiscard]] std::string to_string() const;

 private:
  sockaddr_storage storage_{};
};

/// The addresses of an endpoint, in the order to try them. An empty host is 127.0.0.1, then ::1; a
/// literal is itself; a name is looked up, which blocks: for the start of the program only.
[[nodiscard]] Result<std::vector<Address>, UvError> resolve(const Endpoint& endpoint);

/// The addresses to listen at, best first: try the next one when the machine lacks the first. `*`
/// is
/// `::` for both families, then 0.0.0.0; an empty host is 127.0.0.1.
[[nodiscard]] Result<std::vector<Address>, UvError> resolve_listen(const Endpoint& endpoint);

}  // namespace meshctl::net
