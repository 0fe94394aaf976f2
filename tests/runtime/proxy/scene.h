#pragma once

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "runtime/proxy/worker_pool.h"
#include "runtime/telemetry/snapshot.h"
#include "tests/runtime/proxy/peer.h"

namespace meshctl::proxy {

/// An application, a client, and the workers that forward between them.
class Scene final : public net::Acceptor {
 public:
  Scene() {
    auto opened = net::Listener::open(loop, {net::Address::ipv4_loopback(0)}, *this);
    REQUIRE(opened);
    application_port = std::move(*opened);
    start({"127.0.0.1", application_port->address().port()});
  }
  ~Scene() {
    if (workers) workers->abort();
  }

  void start(const Endpoint& upstream_at) {
    auto opened = Upstream::open(Forward{{}, upstream_at});
    REQUIRE(opened);
    upstream = std::move(*opened);
    auto started = WorkerPool::start(loop, config);
    REQUIRE(started);
    workers = std::move(*started);
    const auto port = workers->add_port({net::Address::ipv4_loopback(0)}, *upstream);
    REQUIRE(port);
    REQUIRE((*port)->open_to(Reach::Everyone));
    proxy_at = (*port)->address();
  }
  void connect() {
    client = std::make_unique<Peer>(loop);
    REQUIRE(client->stream->connect(proxy_at));
    until([&] { return client->is_connected; });
  }
  void connect_through() {
    connect();
    until([&] { return application != nullptr; });
    application->stream->start_reading();
  }

  void on_connection(net::TcpHandle accepted) noexcept override {
    application = std::make_unique<Peer>(loop, std::move(accepted));
  }
  void on_accept_failed(net::UvError) noexcept override { FAIL("accept failed"); }

  void until(const std::function<bool()>& done) {
    const auto deadline = now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(now() < deadline);
      loop.turn();
    }
  }
  telemetry::Snapshot snapshot() const { return telemetry::take(workers->shards(), {}, now()); }
  std::uint64_t failed_by(telemetry::ErrorType type) const {
    return snapshot().by_error[static_cast<std::size_t>(type)];
  }

  net::Loop loop;  // destroyed last: aborts if a handle leaked
  Config config;
  std::unique_ptr<net::Listener> application_port;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<WorkerPool> workers;
  net::Address proxy_at = net::Address::ipv4_loopback(0);
  std::unique_ptr<Peer> client;
  std::unique_ptr<Peer> application;
};

inline constexpr std::string_view kGet = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n";
inline constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

}  // namespace meshctl::proxy
