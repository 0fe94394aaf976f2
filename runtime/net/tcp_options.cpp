#include "runtime/net/tcp_options.h"

namespace meshctl::net {
namespace {

/// Chosen: below the minute that operators wait, well above any stall of a live host.
constexpr unsigned kKeepAliveSeconds = 30;

}  // namespace

void send_at_once(uv_tcp_t& tcp) noexcept {
  uv_tcp_nodelay(&tcp, 1);
}

void notice_dead_peers(uv_tcp_t& tcp) noexcept {
  uv_tcp_keepalive(&tcp, 1, kKeepAliveSeconds);
}

}  // namespace meshctl::net
