#include "runtime/net/listener.h"

#include <netinet/in.h>

#include <cerrno>

#include "runtime/base/assert.h"

namespace meshctl::net {
namespace {

/// Connections that the kernel keeps until we take them. Linux caps it at net.core.somaxconn
/// (4096).
constexpr int kBacklog = 4096;

/// This machine has no such family, or no such address: the next may do.
bool lacks_family(UvError error) noexcept {
  return error.code == UV_EAFNOSUPPORT || error.code == UV_EADDRNOTAVAIL;
}

/// Two sockets may have a port if both allow its reuse and none of them listens yet (socket(7),
/// SO_REUSEADDR), so what says no when it is bound keeps all others out.
void allow_reuse(int socket, bool allows) noexcept {
  const int value = allows ? 1 : 0;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &value, sizeof value);
}

/// Binds as uv_tcp_bind() does, beside connections of the process before that wait for their end.
Result<Descriptor, UvError> reserve(const Address& address) {
  const auto& raw = address.raw();
  const bool is_ipv6 = raw.sa_family == AF_INET6;
  Descriptor socket(::socket(raw.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (socket.get() < 0) return fail(UvError{uv_translate_sys_error(errno)});
  const int off = 0;
  allow_reuse(socket.get(), true);
  if (is_ipv6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  const socklen_t size = is_ipv6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
  if (::bind(socket.get(), &raw, size) != 0) return fail(UvError{uv_translate_sys_error(errno)});
  allow_reuse(socket.get(), false);
  return socket;
}

Address bound_address(int socket) noexcept {
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  auto& raw = reinterpret_cast<sockaddr&>(bound);
  MESHCTL_ASSERT(::getsockname(socket, &raw, &size) == 0);
  return Address::from(raw);
}

}  // namespace

Result<PortReservation, UvError> PortReservation::make(const std::vector<Address>& addresses) {
  MESHCTL_ASSERT(!addresses.empty());
  UvError last;
  for (const Address& address : addresses) {
    auto bound = reserve(address);
    if (bound) {
      const auto at = bound_address(bound->get());
      return PortReservation(std::move(*bound), at);
    }
    last = bound.error();
    if (!lacks_family(last)) break;
  }
  return fail(last);
}

void PortReservation::admit(bool admits) noexcept {
  allow_reuse(socket_.get(), admits);
}

Listener::Listener(Loop& loop, Acceptor& acceptor, UvPtr<uv_tcp_t> tcp)
    : loop_(loop), acceptor_(acceptor), tcp_(std::move(tcp)) {
  tcp_->data = this;
  uv_os_fd_t socket = -1;
  MESHCTL_ASSERT(uv_fileno(reinterpret_cast<const uv_handle_t*>(tcp_.get()), &socket) == 0);
  address_ = bound_address(socket);
}

Result<std::unique_ptr<Listener>, UvError> Listener::open(Loop& loop,
                                                          const std::vector<Address>& addresses,
                                                          Acceptor& acceptor,
                                                          KeepAlive keep_alive) {
  MESHCTL_ASSERT(!addresses.empty());
  UvError last;
  for (const Address& address : addresses) {
    auto tcp = make_handle<uv_tcp_t>(loop.raw(), uv_tcp_init);
    if (!tcp) return fail(tcp.error());
    // libuv keeps EADDRINUSE back until uv_listen, so one answer covers both calls.
    int rc = uv_tcp_bind(tcp->get(), &address.raw(), 0);
    if (rc == 0)
      rc = uv_listen(reinterpret_cast<uv_stream_t*>(tcp->get()), kBacklog, on_connection);
    if (rc == 0) {
      send_at_once(**tcp);
      notice_dead_peers(**tcp, keep_alive);
      return std::unique_ptr<Listener>(new Listener(loop, acceptor, std::move(*tcp)));
    }
    last = UvError{rc};
    if (!lacks_family(last)) break;
  }
  return fail(last);
}

void Listener::on_connection(uv_stream_t* server, int status) noexcept {
  auto* listener = static_cast<Listener*>(server->data);
  if (listener == nullptr) return;
  if (status != 0) return listener->acceptor_.on_accept_failed(UvError{status});
  listener->one_waits_ = true;
  if (!listener->paused_) listener->accept();
}

void Listener::resume() noexcept {
  paused_ = false;
  if (one_waits_) accept();
}

void Listener::accept() noexcept {
  auto connection = make_handle<uv_tcp_t>(loop_.raw(), uv_tcp_init);
  MESHCTL_ASSERT(connection);  // uv_tcp_init makes no socket, so it has nothing to run out of
  one_waits_ = false;
  const int rc = uv_accept(reinterpret_cast<uv_stream_t*>(tcp_.get()),
                           reinterpret_cast<uv_stream_t*>(connection->get()));
  if (rc != 0) return acceptor_.on_accept_failed(UvError{rc});
  acceptor_.on_connection(std::move(*connection));
}

}  // namespace meshctl::net
