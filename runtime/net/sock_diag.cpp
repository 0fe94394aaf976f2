#include "runtime/net/sock_diag.h"

#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <span>

#include "runtime/net/descriptor.h"

namespace meshctl::net {
namespace {

constexpr std::uint32_t kListening = 1U << 10;  // TCP_LISTEN, include/net/tcp_states.h

struct Request {
  nlmsghdr header;
  inet_diag_req_v2 body;
};

bool ask(int socket, std::uint8_t family) {
  Request request{};
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = SOCK_DIAG_BY_FAMILY;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.sdiag_family = family;
  request.body.sdiag_protocol = IPPROTO_TCP;
  request.body.idiag_states = kListening;
  return ::send(socket, &request, sizeof request, MSG_NOSIGNAL) == sizeof request;
}

Address address_of(const inet_diag_sockid& id, std::uint8_t family) {
  if (family == AF_INET) {
    sockaddr_in raw{};
    raw.sin_family = AF_INET;
    raw.sin_port = id.idiag_sport;
    std::memcpy(&raw.sin_addr, id.idiag_src, sizeof raw.sin_addr);
    return Address::from(reinterpret_cast<const sockaddr&>(raw));
  }
  sockaddr_in6 raw{};
  raw.sin6_family = AF_INET6;
  raw.sin6_port = id.idiag_sport;
  std::memcpy(&raw.sin6_addr, id.idiag_src, sizeof raw.sin6_addr);
  return Address::from(reinterpret_cast<const sockaddr&>(raw));
}

enum class Part { More, Last, Failed };

/// Takes the sockets out of one datagram of the answer, which holds whole messages.
Part take(std::span<const char> datagram, std::vector<Address>& found) {
  while (datagram.size() >= sizeof(nlmsghdr)) {
    nlmsghdr header{};
    std::memcpy(&header, datagram.data(), sizeof header);
    if (header.nlmsg_len < sizeof header || header.nlmsg_len > datagram.size()) break;
    if (header.nlmsg_type == NLMSG_DONE) return Part::Last;
    inet_diag_msg message{};
    const bool is_whole = header.nlmsg_len >= NLMSG_LENGTH(sizeof message);
    // A list that changed while it was made may lack some.
    const bool is_sound = is_whole && (header.nlmsg_flags & NLM_F_DUMP_INTR) == 0;
    if (header.nlmsg_type != SOCK_DIAG_BY_FAMILY || !is_sound) return Part::Failed;
    std::memcpy(&message, datagram.data() + NLMSG_HDRLEN, sizeof message);
    found.push_back(address_of(message.id, message.idiag_family));
    datagram =
        datagram.subspan(std::min<std::size_t>(NLMSG_ALIGN(header.nlmsg_len), datagram.size()));
  }
  return Part::More;
}

bool list(int socket, std::uint8_t family, std::vector<Address>& found) {
  if (!ask(socket, family)) return false;
  // The kernel makes datagrams of at most 32 KiB (netlink_dump).
  std::vector<char> datagram(32 * 1024);
  while (true) {
    const auto size = ::recv(socket, datagram.data(), datagram.size(), 0);
    if (size < 0 && errno == EINTR) continue;
    if (size <= 0) return false;
    const auto part = take({datagram.data(), static_cast<std::size_t>(size)}, found);
    if (part != Part::More) return part == Part::Last;
  }
}

}  // namespace

std::optional<std::vector<Address>> listening_by_sock_diag() {
  const Descriptor socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG));
  if (socket.get() < 0) return std::nullopt;
  // It answers within the call; should an emulation of Linux not, the loop must not stand still.
  const timeval limit{.tv_sec = 0, .tv_usec = 100'000};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  std::vector<Address> found;
  for (const std::uint8_t family : {std::uint8_t{AF_INET}, std::uint8_t{AF_INET6}}) {
    if (!list(socket.get(), family, found)) return std::nullopt;
  }
  return found;
}

}  // namespace meshctl::net
