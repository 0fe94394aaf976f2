#pragma once

#include <memory>
#include <vector>

#include "runtime/net/listener.h"
#include "runtime/proxy/listening_ports.h"
#include "runtime/proxy/upstream.h"

namespace meshctl::proxy {

/// Who takes the connections of a port.
class ConnectionTaker {
 public:
  virtual void take(Upstream& upstream, net::TcpHandle accepted) noexcept = 0;
  virtual void on_accept_failed() noexcept = 0;

 protected:
  ~ConnectionTaker() = default;
};

/// The port that leads to an application: open to those who may reach it, and ours even while it is
/// closed. On the main loop's thread.
class ForwardPort final : private net::Acceptor {
 public:
  /// Keeps the port at the first of `addresses` that this machine has; it is closed until open().
  /// All references must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<ForwardPort>, net::UvError> reserve(
      net::Loop& loop, const std::vector<net::Address>& addresses, Upstream& upstream,
      ConnectionTaker& taker, net::KeepAlive keep_alive = {});

  /// Takes the connections of everyone, of callers at loopback alone, or of nobody. To open it to
  /// loopback alone where it stands for one address beyond loopback is to close it. What waits in
  /// the kernel's queue of a port that closes is reset. On failure the port is closed.
  [[nodiscard]] Result<void, net::UvError> open_to(Reach reach);
  [[nodiscard]] Reach reach() const noexcept { return reach_; }

  /// Leaves new connections in the kernel's queue; see net::Listener.
  void pause() noexcept;
  /// Takes connections again, those that waited first. Does nothing where it did not pause.
  void resume() noexcept;

  /// Where it was asked to listen, with the real port.
  [[nodiscard]] const net::Address& address() const noexcept { return reservation_.address(); }
  [[nodiscard]] Upstream& upstream() noexcept { return upstream_; }

 private:
  ForwardPort(net::Loop& loop, net::PortReservation reservation, Upstream& upstream,
              ConnectionTaker& taker, net::KeepAlive keep_alive)
      : loop_(loop),
        reservation_(std::move(reservation)),
        upstream_(upstream),
        taker_(taker),
        keep_alive_(keep_alive) {}

  void on_connection(net::TcpHandle connection) noexcept override;
  void on_accept_failed(net::UvError) noexcept override { taker_.on_accept_failed(); }
  [[nodiscard]] std::vector<net::Address> places(Reach reach) const;

  net::Loop& loop_;
  net::PortReservation reservation_;
  Upstream& upstream_;
  ConnectionTaker& taker_;
  const net::KeepAlive keep_alive_;
  Reach reach_ = Reach::Nobody;
  bool is_paused_ = false;
  std::vector<std::unique_ptr<net::Listener>> listeners_;
};

}  // namespace meshctl::proxy
