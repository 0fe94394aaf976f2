#include "runtime/net/tcp_options.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace meshctl::net {

void send_at_once(uv_tcp_t& tcp) noexcept {
  uv_tcp_nodelay(&tcp, 1);
}

void notice_dead_peers(uv_tcp_t& tcp, KeepAlive keep_alive) noexcept {
  uv_os_fd_t socket = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(&tcp), &socket);
  const auto set = [&](int level, int option, int value) {
    ::setsockopt(socket, level, option, &value, sizeof value);
  };
  // Not uv_tcp_keepalive: in 1.44 it also sets the interval to a second, so that a connection that
  // would outlive an outage of minutes does not outlive one of eleven seconds.
  set(SOL_SOCKET, SO_KEEPALIVE, 1);
  const auto after = static_cast<int>(keep_alive.after.count());
  if (after == 0) return;
  set(IPPROTO_TCP, TCP_KEEPIDLE, after);
  set(IPPROTO_TCP, TCP_KEEPINTVL, (after + KeepAlive::kProbes - 1) / KeepAlive::kProbes);
  set(IPPROTO_TCP, TCP_KEEPCNT, KeepAlive::kProbes);
}

}  // namespace meshctl::net
