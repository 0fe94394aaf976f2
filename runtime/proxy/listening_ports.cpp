#include "runtime/proxy/listening_ports.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>

#include "runtime/net/descriptor.h"
#include "runtime/net/sock_diag.h"

namespace meshctl::proxy {
namespace {

constexpr std::string_view kListenState = "0A";  // TCP_LISTEN, include/net/tcp_states.h

/// The fields of a line, split at runs of spaces.
std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  while (true) {
    const auto start = line.find_first_not_of(" \t");
    if (start == std::string_view::npos) return fields;
    line.remove_prefix(start);
    const auto end = std::min(line.find_first_of(" \t"), line.size());
    fields.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

template <typename Number>
bool read_number(std::string_view text, int base, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number, base);
  return parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size();
}

/// The kernel prints each 32-bit word of the address as the number that its memory holds, so the
/// words go back into memory as they are, on any byte order.
bool read_address(std::string_view hex_address, std::uint16_t port, net::Address& address) {
  constexpr std::size_t kDigits = 8;
  std::array<std::uint32_t, 4> words{};
  const auto count = hex_address.size() / kDigits;
  if (hex_address.size() % kDigits != 0 || (count != 1 && count != words.size())) return false;
  for (std::size_t i = 0; i < count; ++i) {
    if (!read_number(hex_address.substr(i * kDigits, kDigits), 16, words[i])) return false;
  }
  if (count == 1) {
    sockaddr_in raw{};
    raw.sin_family = AF_INET;
    raw.sin_port = htons(port);
    raw.sin_addr.s_addr = words[0];
    address = net::Address::from(reinterpret_cast<const sockaddr&>(raw));
  } else {
    sockaddr_in6 raw{};
    raw.sin6_family = AF_INET6;
    raw.sin6_port = htons(port);
    std::memcpy(&raw.sin6_addr, words.data(), sizeof words);
    address = net::Address::from(reinterpret_cast<const sockaddr&>(raw));
  }
  return true;
}

enum class Line : std::uint8_t { Listening, Other, Connected };

Line read_line(std::string_view line, net::Address& address) {
  constexpr std::size_t kLocal = 1;
  constexpr std::size_t kState = 3;
  const auto fields = fields_of(line);
  if (fields.size() <= kState || fields[kState].size() != kListenState.size()) return Line::Other;
  const auto colon = fields[kLocal].find(':');
  std::uint16_t port = 0;
  if (colon == std::string_view::npos || !read_number(fields[kLocal].substr(colon + 1), 16, port) ||
      !read_address(fields[kLocal].substr(0, colon), port, address)) {
    return Line::Other;
  }
  return fields[kState] == kListenState ? Line::Listening : Line::Connected;
}

/// The whole lines of `text` that have been read: the last connected one tells that no listening
/// socket follows.
bool holds_all_listening(std::string_view text) {
  const auto end = text.rfind('\n');
  if (end == std::string_view::npos) return false;
  const auto start = text.rfind('\n', end - 1);
  if (end == 0 || start == std::string_view::npos) return false;
  net::Address ignored = net::Address::ipv4_loopback(0);
  return read_line(text.substr(start + 1, end - start - 1), ignored) == Line::Connected;
}

/// A pod with thousands of connections has thousands of lines that nobody asked for: reads no
/// further than the listening sockets. Nothing where the file cannot be read.
std::optional<std::string> read_listening(const char* path) {
  const net::Descriptor file(::open(path, O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return std::nullopt;
  std::string text;
  std::array<char, 4096> part{};
  while (!holds_all_listening(text)) {
    const auto count = ::read(file.get(), part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return std::nullopt;
    if (count == 0) break;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
  return text;
}

bool is_ours(const net::Address& address, const std::vector<net::Address>& own) {
  return std::ranges::any_of(own, [&](const net::Address& each) {
    return each.port() == address.port() && (each.is_any() || each.has_host_of(address));
  });
}

}  // namespace

std::vector<net::Address> parse_proc_net_tcp(std::string_view text) {
  std::vector<net::Address> listening;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    net::Address address = net::Address::ipv4_loopback(0);
    const auto kind = read_line(text.substr(0, end), address);
    if (kind == Line::Connected) break;
    if (kind == Line::Listening) listening.push_back(address);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return listening;
}

std::optional<std::vector<net::Address>> listening_addresses() {
  if (auto found = net::listening_by_sock_diag()) return found;
  return listening_addresses_by_proc();
}

std::optional<std::vector<net::Address>> listening_addresses_by_proc() {
  const auto ipv4 = read_listening("/proc/self/net/tcp");
  if (!ipv4) return std::nullopt;
  auto addresses = parse_proc_net_tcp(*ipv4);
  // A kernel without IPv6 has no such file.
  for (const auto& address : parse_proc_net_tcp(read_listening("/proc/self/net/tcp6").value_or("")))
    addresses.push_back(address);
  return addresses;
}

std::optional<std::vector<net::Address>> listening_addresses_but(
    const std::vector<net::Address>& own) {
  auto addresses = listening_addresses();
  if (addresses)
    std::erase_if(*addresses, [&](const net::Address& each) { return is_ours(each, own); });
  return addresses;
}

Reach reach_of(std::uint16_t port, const std::vector<net::Address>& listening,
               const net::Address& ours) {
  auto reach = Reach::Nobody;
  for (const net::Address& address : listening) {
    if (address.port() != port) continue;
    if (address.is_loopback()) {
      reach = Reach::Loopback;
    } else if (address.is_any() || ours.is_any() || address.has_host_of(ours)) {
      return Reach::Everyone;
    }
  }
  return ours.is_loopback() && reach == Reach::Loopback ? Reach::Everyone : reach;
}

}  // namespace meshctl::proxy
