#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/net/listener.h"
#include "runtime/web/http_exchange.h"

namespace meshctl::web {

/// A small HTTP/1.1 server for our own ports: few callers, short answers, strict limits. Shares its
/// loop with the data path, so a handler must be quick.
class HttpServer final : private net::Acceptor {
 public:
  using Handler = std::function<Response(const Request&)>;

  /// `own_name`: the host name that requests may use beside literals and localhost; may be empty.
  HttpServer(net::Loop& loop, Handler handler, std::string own_name);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Further host names that requests may use.
  void also_answer_to(std::vector<std::string> names) { other_names_ = std::move(names); }

  [[nodiscard]] Result<void, net::UvError> listen(const std::vector<net::Address>& addresses);
  /// The bound address. Only after listen().
  [[nodiscard]] const net::Address& address() const noexcept { return listener_->address(); }

  /// With more callers than this, the one that has asked nothing for longest is closed: scrapers,
  /// probes and a browser need a handful.
  static constexpr std::size_t kMostConnections = 64;
  /// A connection without a complete request for this long is closed.
  static constexpr Duration kIdleTimeout = std::chrono::seconds(75);
  /// A request that has begun is whole within this, or its connection is closed. Chosen: ours have
  /// hardly a body, and who trickles one holds a place.
  static constexpr Duration kRequestTimeout = std::chrono::seconds(10);
  /// Chosen: no request of ours needs a body.
  static constexpr std::uint64_t kMostBodyBytes = 64 * 1024;
  /// Bodies that are made at once on the pool; further requests get a 503. Each holds a snapshot.
  static constexpr std::size_t kMostMaking = 8;

 private:
  class Connection;

  void on_connection(net::TcpHandle connection) noexcept override;
  void on_accept_failed(net::UvError) noexcept override {}
  [[nodiscard]] Response answer(const Request& request) const;
  void destroy(Connection& connection) noexcept;

  net::Loop& loop_;
  Handler handler_;
  std::string own_name_;
  std::vector<std::string> other_names_;
  std::unique_ptr<net::Listener> listener_;
  std::size_t making_ = 0;  ///< bodies that are made now
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace meshctl::web
