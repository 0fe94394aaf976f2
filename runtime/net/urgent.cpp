#include "runtime/net/urgent.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>

namespace meshctl::net {
namespace {

/// Set by the kernel's word, and for good: most threads never hear it.
thread_local volatile std::sig_atomic_t was_told = 0;

/// A read that begins at a mark returns before this has run (EAGAIN, tcp_recvmsg() in Linux), so
/// that no mark is passed by.
void catch_urgent_signal() noexcept {
  struct sigaction action {};
  action.sa_handler = [](int) { was_told = 1; };
  action.sa_flags = SA_RESTART;
  ::sigaction(SIGURG, &action, nullptr);
}

}  // namespace

void keep_urgent_bytes(int socket) noexcept {
  [[maybe_unused]] static const bool once = (catch_urgent_signal(), true);
  const int on = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_OOBINLINE, &on, sizeof on);
  const f_owner_ex thread{.type = F_OWNER_TID, .pid = ::gettid()};
  ::fcntl(socket, F_SETOWN_EX, &thread);
  // Of what came before the kernel does not tell.
  pollfd urgent{.fd = socket, .events = POLLPRI, .revents = 0};
  if (::poll(&urgent, 1, 0) > 0 && (urgent.revents & POLLPRI) != 0) was_told = 1;
}

bool is_at_urgent_byte(int socket) noexcept {
  int is_at = 0;
  return was_told != 0 && ::ioctl(socket, SIOCATMARK, &is_at) == 0 && is_at != 0;
}

}  // namespace meshctl::net
