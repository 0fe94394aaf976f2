#include "runtime/net/listener.h"

#include "runtime/base/assert.h"

namespace meshctl::net {
namespace {

/// Connections that the kernel keeps until we take them. Linux caps it at net.core.somaxconn
/// (4096).
constexpr int kBacklog = 4096;

}  // namespace

Listener::Listener(Loop& loop, Acceptor& acceptor, UvPtr<uv_tcp_t> tcp)
    : loop_(loop), acceptor_(acceptor), tcp_(std::move(tcp)) {
  tcp_->data = this;
  sockaddr_storage bound{};
  int size = sizeof bound;
  MESHCTL_ASSERT(uv_tcp_getsockname(tcp_.get(), reinterpret_cast<sockaddr*>(&bound), &size) == 0);
  address_ = Address::from(reinterpret_cast<const sockaddr&>(bound));
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
    const bool lacks_family = rc == UV_EAFNOSUPPORT || rc == UV_EADDRNOTAVAIL;
    if (!lacks_family) break;
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
