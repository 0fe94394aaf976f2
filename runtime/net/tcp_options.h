#pragma once

#include <uv.h>

namespace meshctl::net {

// Both may fail on a socket whose peer has gone already; the read that follows tells of it.
// Connections inherit them from their listener (tcp(7)), at no system call each.

/// No waiting for more to send (Nagle's algorithm, RFC 896): with delayed acknowledgements it costs
/// 40 ms.
void send_at_once(uv_tcp_t& tcp) noexcept;

/// A peer that vanished without a word is noticed after half a minute without traffic.
void notice_dead_peers(uv_tcp_t& tcp) noexcept;

}  // namespace meshctl::net
