#pragma once

#include <uv.h>

#include <chrono>

namespace meshctl::net {

/// When a silent connection is asked whether its other end still lives (tcp(7), SO_KEEPALIVE).
struct KeepAlive {
  /// After so much silence, 1 to kMostSeconds, and kProbes times in as much time again, in whole
  /// seconds; then the connection is over. 0: when the system says (net.ipv4.tcp_keepalive_time,
  /// _intvl and _probes).
  std::chrono::seconds after{};

  /// The kernel's limit (MAX_TCP_KEEPIDLE).
  static constexpr int kMostSeconds = 32767;
  /// Linux' own number: a path that loses a few packets is not dead.
  static constexpr int kProbes = 9;
};

// Both may fail on a socket whose peer has gone already; the read that follows tells of it.
// Connections inherit them from their listener (tcp(7)), at no system call each.

/// No waiting for more to send (Nagle's algorithm, RFC 896): with delayed acknowledgements it costs
/// 40 ms.
void send_at_once(uv_tcp_t& tcp) noexcept;

/// A peer that vanished without a word is noticed at last.
void notice_dead_peers(uv_tcp_t& tcp, KeepAlive keep_alive) noexcept;

}  // namespace meshctl::net
