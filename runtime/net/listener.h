#pragma once

#include <memory>
#include <vector>

#include "runtime/net/address.h"
#include "runtime/net/descriptor.h"
#include "runtime/net/loop.h"
#include "runtime/net/tcp_options.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Who takes the connections of a listener.
class Acceptor {
 public:
  virtual void on_connection(TcpHandle connection) noexcept = 0;
  /// A connection could not be taken; those that wait stay in the kernel's queue.
  virtual void on_accept_failed(UvError error) noexcept = 0;

 protected:
  ~Acceptor() = default;
};

/// Keeps a port for us, listening or not: bound, and never listening itself, so that callers are
/// refused as long as no Listener takes them there, and no other program can.
class PortReservation {
 public:
  /// Binds to the first of `addresses` that this machine has. A port in use is told here.
  [[nodiscard]] static Result<PortReservation, UvError> make(const std::vector<Address>& addresses);

  /// The address with the real port, when 0 was asked for.
  [[nodiscard]] const Address& address() const noexcept { return address_; }
  /// Lets a Listener of ours open at the port, or nobody any more. One that is open stays so.
  void admit(bool admits) noexcept;

 private:
  PortReservation(Descriptor socket, const Address& address)
      : socket_(std::move(socket)), address_(address) {}

  Descriptor socket_;
  Address address_;
};

/// A bound TCP socket that takes connections until it is destroyed.
class Listener {
 public:
  /// Binds to the first of `addresses` that this machine has, and listens. A port in use is told
  /// here. `keep_alive` is for its connections.
  [[nodiscard]] static Result<std::unique_ptr<Listener>, UvError> open(
      Loop& loop, const std::vector<Address>& addresses, Acceptor& acceptor,
      KeepAlive keep_alive = {});
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  /// The address with the real port, when 0 was asked for.
  [[nodiscard]] const Address& address() const noexcept { return address_; }

  /// Leaves new connections in the kernel's queue (the backlog): they wait, they are not refused.
  void pause() noexcept { paused_ = true; }
  /// Takes connections again, those that waited first.
  void resume() noexcept;
  [[nodiscard]] bool is_paused() const noexcept { return paused_; }

 private:
  Listener(Loop& loop, Acceptor& acceptor, UvPtr<uv_tcp_t> tcp);

  static void on_connection(uv_stream_t* server, int status) noexcept;
  void accept() noexcept;

  Loop& loop_;
  Acceptor& acceptor_;
  UvPtr<uv_tcp_t> tcp_;
  Address address_;
  bool paused_ = false;
  /// libuv holds one accepted connection, and polls no further until uv_accept() takes it.
  bool one_waits_ = false;
};

}  // namespace meshctl::net
