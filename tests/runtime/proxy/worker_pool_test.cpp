#include "runtime/proxy/worker_pool.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "tests/runtime/proxy/scene.h"

namespace meshctl::proxy {
namespace {

/// Many clients before one application, on a pool with several threads.
class Crowd final : public net::Acceptor {
 public:
  explicit Crowd(std::size_t threads, std::uint64_t max_connections = 0) {
    config.threads = threads;
    config.max_connections = max_connections;
    auto opened = net::Listener::open(loop, {net::Address::ipv4_loopback(0)}, *this);
    REQUIRE(opened);
    port = std::move(*opened);
    auto place = Upstream::open(Forward{{}, Endpoint{"127.0.0.1", port->address().port()}});
    REQUIRE(place);
    upstream = std::move(*place);
    auto started = WorkerPool::start(loop, config);
    REQUIRE(started);
    workers = std::move(*started);
    const auto opened_port = workers->add_port({net::Address::ipv4_loopback(0)}, *upstream);
    REQUIRE(opened_port);
    REQUIRE((*opened_port)->open_to(Reach::Everyone));
    proxy_at = (*opened_port)->address();
  }

  void on_connection(net::TcpHandle accepted) noexcept override {
    applications.push_back(std::make_unique<Peer>(loop, std::move(accepted)));
    applications.back()->stream->start_reading();
  }
  void on_accept_failed(net::UvError) noexcept override { FAIL("accept failed"); }

  void add_client() {
    clients.push_back(std::make_unique<Peer>(loop));
    REQUIRE(clients.back()->stream->connect(proxy_at));
  }

  /// Turns the loop, and lets the application answer what it is asked, and close when it is left.
  template <typename Done>
  void until(const Done& done) {
    const auto deadline = now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(now() < deadline);
      uv_run(&loop.raw(), UV_RUN_NOWAIT);
      for (const auto& each : applications) {
        if (each->ended) each->stream.reset();
        if (each->received != kGet) continue;
        each->received.clear();
        each->send(kOk);
      }
    }
  }
  void every_client_calls() {
    until([&] {
      return std::ranges::all_of(clients, [](auto& each) { return each->is_connected; });
    });
    for (const auto& each : clients) each->send(kGet);
    until([&] {
      return std::ranges::all_of(clients, [](auto& each) { return each->received == kOk; });
    });
    for (const auto& each : clients) each->received.clear();
  }
  telemetry::Snapshot snapshot() const { return telemetry::take(workers->shards(), {}, now()); }

  net::Loop loop;  // destroyed last: aborts if a handle leaked
  Config config;
  std::unique_ptr<net::Listener> port;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<WorkerPool> workers;
  net::Address proxy_at = net::Address::ipv4_loopback(0);
  std::vector<std::unique_ptr<Peer>> clients;
  std::vector<std::unique_ptr<Peer>> applications;
};

TEST_CASE("connections go to the worker that has least, and all are counted together") {
  Crowd crowd(3);
  for (int i = 0; i < 12; ++i) crowd.add_client();
  crowd.every_client_calls();
  REQUIRE(crowd.workers->shards().size() == 3);
  for (const telemetry::Shard* shard : crowd.workers->shards()) {
    CHECK(shard->connections().accepted.read() == 4);
  }
  CHECK(crowd.workers->open_pairs() == 12);
  // Whoever ends leaves a place, and the next one takes it.
  crowd.until([&] { return crowd.snapshot().totals.calls == 12; });
  for (int i = 0; i < 4; ++i) crowd.clients.erase(crowd.clients.begin());
  crowd.until([&] { return crowd.workers->open_pairs() == 8; });
  for (int i = 0; i < 4; ++i) crowd.add_client();
  crowd.every_client_calls();
  crowd.until([&] { return crowd.snapshot().totals.calls == 24; });
  for (const telemetry::Shard* shard : crowd.workers->shards()) {
    CHECK(shard->connections().accepted.read() - shard->connections().closed.read() == 4);
  }
}

TEST_CASE("the most connections hold over all threads, and a place that one leaves is taken") {
  Crowd crowd(2, 2);
  for (int i = 0; i < 5; ++i) crowd.add_client();
  crowd.until([&] { return crowd.applications.size() == 2; });
  for (int i = 0; i < 20; ++i) uv_run(&crowd.loop.raw(), UV_RUN_NOWAIT);
  CHECK(crowd.workers->open_pairs() == 2);
  for (std::size_t served = 2; served < 5; ++served) {
    crowd.clients.erase(crowd.clients.begin());
    crowd.until([&] { return crowd.applications.size() == served + 1; });
    CHECK(crowd.workers->open_pairs() <= 2);
  }
}

TEST_CASE("where the upstream ends, idle connections end on every thread") {
  Crowd crowd(3);
  for (int i = 0; i < 6; ++i) crowd.add_client();
  crowd.every_client_calls();
  crowd.until([&] { return crowd.snapshot().totals.calls == 6; });
  crowd.upstream->end();
  crowd.workers->end_idle();
  crowd.until([&] { return crowd.workers->open_pairs() == 0; });
  crowd.until([&] {
    return std::ranges::all_of(crowd.clients, [](auto& each) { return each->ended.has_value(); });
  });
}

TEST_CASE("a stopped pool has counted the calls that it cut") {
  Crowd crowd(2);
  crowd.add_client();
  crowd.add_client();
  crowd.until([&] { return crowd.applications.size() == 2; });
  for (const auto& each : crowd.clients) each->send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
  crowd.until([&] { return crowd.snapshot().active_calls == 2; });
  crowd.workers->stop();
  CHECK(crowd.snapshot().totals.calls == 2);
  CHECK(crowd.workers->open_pairs() == 0);
}

}  // namespace
}  // namespace meshctl::proxy
