#include "runtime/net/handover.h"

#include <fcntl.h>

#include <cerrno>

namespace meshctl::net {

Result<Descriptor, UvError> detach(TcpHandle connection) noexcept {
  uv_os_fd_t fd = -1;
  uv_fileno(reinterpret_cast<const uv_handle_t*>(connection.get()), &fd);
  // libuv closes the descriptor of a handle with it, and gives none away.
  const int copy = ::fcntl(fd, F_DUPFD_CLOEXEC, 0);
  if (copy < 0) return fail(UvError{uv_translate_sys_error(errno)});
  return Descriptor(copy);
}

Result<TcpHandle, UvError> adopt(Loop& loop, Descriptor connection) noexcept {
  auto tcp = make_handle<uv_tcp_t>(loop.raw(), uv_tcp_init);
  if (!tcp) return fail(tcp.error());
  if (const int rc = uv_tcp_open(tcp->get(), connection.get()); rc != 0) return fail(UvError{rc});
  static_cast<void>(connection.release());
  return std::move(*tcp);
}

}  // namespace meshctl::net
