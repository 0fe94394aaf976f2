#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
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

  struct Limits {
    /// With more callers than this, the one that has asked nothing for longest is closed: scrapers,
    /// probes and a browser need a handful.
    std::size_t connections = 64;
    std::uint64_t body_bytes = 64 * 1024;
    /// Whether the handler is given bodies.
    bool keeps_bodies = false;
    /// Requests that may name any host; null: none may.
    bool (*takes_any_host)(const Request&) noexcept = nullptr;
    /// Further streams get a 503: each may hold a text that its caller reads slowly.
    std::size_t streams = 0;
    /// Bodies that are made at once on the pool; further requests get a 503. Each holds what it is
    /// made of, such as a snapshot.
    std::size_t making = 8;
    /// What all callers together may make us hold: bodies that are not whole yet, and answers that
    /// they do not read. Past that a further body gets a 503, and who reads too slowly is closed.
    std::size_t held_bytes = 64 * 1024 * 1024;
  };

  /// `own_name`: the host name that requests may use beside literals and localhost; may be empty.
  HttpServer(net::Loop& loop, Handler handler, std::string own_name, Limits limits);
  HttpServer(net::Loop& loop, Handler handler, std::string own_name);
  ~HttpServer();
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Further host names that requests may use, and the flag that adds one: a refusal names it. The
  /// flag must outlive the server.
  void also_answer_to(std::vector<std::string> names, std::string_view flag) {
    other_names_ = std::move(names);
    names_flag_ = flag;
  }

  [[nodiscard]] Result<void, net::UvError> listen(const std::vector<net::Address>& addresses);
  /// The bound address. Only after listen().
  [[nodiscard]] const net::Address& address() const noexcept { return listener_->address(); }

  /// A connection without a complete request for this long is closed.
  static constexpr Duration kIdleTimeout = std::chrono::seconds(75);
  /// A request that has begun is whole within this, or its connection is closed. Chosen: ours have
  /// hardly a body, and who trickles one holds a place.
  static constexpr Duration kRequestTimeout = std::chrono::seconds(10);
  /// A caller of a stream that takes nothing for so long is closed.
  static constexpr Duration kStreamTimeout = std::chrono::seconds(15);
  /// Sends `text` to the callers of streams. One that has not read the text before misses this one.
  void send_to_streams(std::string_view text);
  [[nodiscard]] std::size_t streams() const noexcept { return streams_; }

 private:
  class Connection;

  void on_connection(net::TcpHandle connection) noexcept override;
  void on_accept_failed(net::UvError) noexcept override {}
  [[nodiscard]] Response answer(const Request& request) const;
  [[nodiscard]] Response refuse_host(const Request& request) const;
  void destroy(Connection& connection) noexcept;

  net::Loop& loop_;
  Handler handler_;
  std::string own_name_;
  Limits limits_;
  std::vector<std::string> other_names_;
  std::string_view names_flag_;
  std::unique_ptr<net::Listener> listener_;
  std::size_t making_ = 0;   ///< bodies that are made now
  std::size_t streams_ = 0;  ///< callers of streams
  std::size_t held_ = 0;     ///< bytes, of Limits::held_bytes
  std::vector<std::unique_ptr<Connection>> connections_;
};

}  // namespace meshctl::web
