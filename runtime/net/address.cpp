#include "runtime/net/address.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <unistd.h>
#include <uv.h>

#include <array>
#include <cstring>

namespace meshctl::net {
namespace {

sockaddr_in ipv4(std::uint32_t host, std::uint16_t port) noexcept {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(host);
  address.sin_port = htons(port);
  return address;
}

sockaddr_in6 ipv6(const in6_addr& host, std::uint16_t port) noexcept {
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_addr = host;
  address.sin6_port = htons(port);
  return address;
}

template <typename Raw>
Address wrap(const Raw& raw) noexcept {
  return Address::from(reinterpret_cast<const sockaddr&>(raw));
}

/// What getaddrinfo's own codes are in libuv's.
UvError lookup_error(int code) noexcept {
  switch (code) {
    case EAI_AGAIN: return {UV_EAI_AGAIN};
    case EAI_MEMORY: return {UV_EAI_MEMORY};
    default: return {UV_EAI_NONAME};
  }
}

}  // namespace

Address Address::ipv4_loopback(std::uint16_t port) noexcept {
  return wrap(ipv4(INADDR_LOOPBACK, port));
}

Address Address::ipv6_loopback(std::uint16_t port) noexcept {
  return wrap(ipv6(in6addr_loopback, port));
}

Address Address::from(const sockaddr& raw) noexcept {
  Address address;
  const std::size_t size = raw.sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  std::memcpy(&address.storage_, &raw, size);
  return address;
}

const sockaddr& Address::raw() const noexcept {
  return reinterpret_cast<const sockaddr&>(storage_);
}

std::uint16_t Address::port() const noexcept {
  // sin_port and sin6_port lie at the same place (POSIX sockaddr layouts).
  return ntohs(reinterpret_cast<const sockaddr_in&>(storage_).sin_port);
}

bool Address::is_loopback() const noexcept {
  if (storage_.ss_family == AF_INET) {
    const auto host = ntohl(reinterpret_cast<const sockaddr_in&>(storage_).sin_addr.s_addr);
    return (host >> 24) == IN_LOOPBACKNET;
  }
  const auto& host = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  if (IN6_IS_ADDR_V4MAPPED(&host)) return host.s6_addr[12] == IN_LOOPBACKNET;
  return IN6_IS_ADDR_LOOPBACK(&host);
}

bool Address::is_any() const noexcept {
  if (storage_.ss_family == AF_INET) {
    return reinterpret_cast<const sockaddr_in&>(storage_).sin_addr.s_addr == htonl(INADDR_ANY);
  }
  return IN6_IS_ADDR_UNSPECIFIED(&reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr);
}

bool Address::is_here() const noexcept {
  if (is_loopback()) return true;
  const int socket = ::socket(storage_.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  // The kernel binds to its own addresses only (bind(2), EADDRNOTAVAIL), unless ip_nonlocal_bind
  // says otherwise.
  const Address any_port = at_port(0);
  const auto& raw_address = any_port.raw();
  const socklen_t size =
      raw_address.sa_family == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  const bool is_bound = ::bind(socket, &raw_address, size) == 0;
  ::close(socket);
  return is_bound;
}

bool Address::has_host_of(const Address& other) const noexcept {
  const bool has_scopes = scope_id() != 0 && other.scope_id() != 0;
  return ipv6_bytes() == other.ipv6_bytes() && (!has_scopes || scope_id() == other.scope_id());
}

bool Address::leads_to(const Address& listener) const noexcept {
  if (port() != listener.port()) return false;
  return listener.is_any() ? is_any() || is_here() : has_host_of(listener);
}

Address Address::at_port(std::uint16_t port) const noexcept {
  if (is_ipv4()) {
    const auto bytes = ipv6_bytes();
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    std::memcpy(&address.sin_addr, &bytes[12], sizeof address.sin_addr);
    return wrap(address);
  }
  auto address = reinterpret_cast<const sockaddr_in6&>(storage_);
  address.sin6_port = htons(port);
  return wrap(address);
}

std::uint32_t Address::scope_id() const noexcept {
  if (storage_.ss_family == AF_INET) return 0;
  return reinterpret_cast<const sockaddr_in6&>(storage_).sin6_scope_id;
}

bool Address::has_scope() const noexcept {
  if (storage_.ss_family == AF_INET) return true;
  const auto& host = reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr;
  return !IN6_IS_ADDR_LINKLOCAL(&host) || scope_id() != 0;
}

void Address::set_scope(std::uint32_t interface) noexcept {
  reinterpret_cast<sockaddr_in6&>(storage_).sin6_scope_id = interface;
}

bool Address::is_ipv4() const noexcept {
  return storage_.ss_family == AF_INET ||
         IN6_IS_ADDR_V4MAPPED(&reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr);
}

std::array<char, 16> Address::ipv6_bytes() const noexcept {
  std::array<char, 16> bytes{};
  if (storage_.ss_family == AF_INET) {
    bytes[10] = bytes[11] = '\xFF';
    std::memcpy(&bytes[12], &reinterpret_cast<const sockaddr_in&>(storage_).sin_addr, 4);
  } else {
    std::memcpy(bytes.data(), &reinterpret_cast<const sockaddr_in6&>(storage_).sin6_addr, 16);
  }
  return bytes;
}

std::string Address::host(bool as_ipv4) const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const auto bytes = ipv6_bytes();
  const bool short_form = as_ipv4 && is_ipv4();
  inet_ntop(short_form ? AF_INET : AF_INET6, short_form ? &bytes[12] : bytes.data(), text.data(),
            text.size());
  return text.data();
}

std::string Address::to_string() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage_.ss_family == AF_INET) {
    uv_ip4_name(&reinterpret_cast<const sockaddr_in&>(storage_), text.data(), text.size());
    return fmt::format("{}:{}", text.data(), port());
  }
  uv_ip6_name(&reinterpret_cast<const sockaddr_in6&>(storage_), text.data(), text.size());
  return fmt::format("[{}]:{}", text.data(), port());
}

Result<std::vector<Address>, UvError> resolve(const Endpoint& endpoint) {
  if (endpoint.host.empty()) {
    return std::vector{Address::ipv4_loopback(endpoint.port),
                       Address::ipv6_loopback(endpoint.port)};
  }
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(endpoint.port);
  if (const int rc = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found); rc != 0) {
    return fail(lookup_error(rc));
  }
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6) {
      addresses.push_back(Address::from(*entry->ai_addr));
    }
  }
  freeaddrinfo(found);
  if (addresses.empty()) return fail(UvError{UV_EAI_NONAME});
  return addresses;
}

Result<std::vector<Address>, UvError> resolve_listen(const Endpoint& endpoint) {
  if (endpoint.host == "*") {
    return std::vector{wrap(ipv6(in6addr_any, endpoint.port)),
                       wrap(ipv4(INADDR_ANY, endpoint.port))};
  }
  if (endpoint.host.empty()) return std::vector{Address::ipv4_loopback(endpoint.port)};
  return resolve(endpoint);
}

}  // namespace meshctl::net
