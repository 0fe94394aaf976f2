#include "runtime/proxy/listening_ports.h"

#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>

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

bool read_line(std::string_view line, ListeningPort& listening) {
  constexpr std::size_t kLocal = 1;
  constexpr std::size_t kState = 3;
  constexpr std::size_t kInode = 9;
  const auto fields = fields_of(line);
  if (fields.size() <= kInode || fields[kState] != kListenState) return false;
  const auto colon = fields[kLocal].find(':');
  if (colon == std::string_view::npos) return false;
  std::uint16_t port = 0;
  return read_number(fields[kLocal].substr(colon + 1), 16, port) &&
         read_address(fields[kLocal].substr(0, colon), port, listening.address) &&
         read_number(fields[kInode], 10, listening.inode);
}

std::string read_file(const char* path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// The inodes of this process's own sockets: /proc/self/fd holds links like `socket:[12345]`.
std::set<std::uint64_t> own_sockets() {
  constexpr std::string_view kPrefix = "socket:[";
  std::set<std::uint64_t> inodes;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    std::error_code unreadable;
    const auto link = std::filesystem::read_symlink(entry->path(), unreadable).string();
    if (unreadable || !link.starts_with(kPrefix)) continue;
    std::uint64_t inode = 0;
    const auto number = std::string_view(link).substr(kPrefix.size());
    if (read_number(number.substr(0, number.size() - 1), 10, inode)) inodes.insert(inode);
  }
  return inodes;
}

}  // namespace

std::vector<ListeningPort> parse_proc_net_tcp(std::string_view text) {
  std::vector<ListeningPort> listening;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    ListeningPort found;
    if (read_line(text.substr(0, end), found)) listening.push_back(found);
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return listening;
}

std::map<std::uint16_t, net::Address> listening_ports(bool reachable_only) {
  const auto own = own_sockets();
  std::map<std::uint16_t, net::Address> ports;
  for (const char* path : {"/proc/self/net/tcp", "/proc/self/net/tcp6"}) {
    for (const auto& found : parse_proc_net_tcp(read_file(path))) {
      if (own.contains(found.inode) || (reachable_only && found.address.is_loopback())) continue;
      ports.emplace(found.address.port(), found.address);
    }
  }
  return ports;
}

}  // namespace meshctl::proxy
