#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "runtime/proxy/access_log.h"
#include "runtime/proxy/connection_pair.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::proxy {

/// Hears that a connection pair ended, on the thread of its worker.
class PairWatcher {
 public:
  virtual void on_pair_ended() noexcept = 0;

 protected:
  ~PairWatcher() = default;
};

/// One loop's share of the proxy: its connection pairs and its counters. On the loop's thread, but
/// for what says otherwise.
class Worker final : private PairOwner {
 public:
  /// `access_log` may be null. All references must outlive the worker.
  Worker(net::Loop& loop, const Config& config, telemetry::RouteTable& routes,
         AccessLog* access_log, PairWatcher& watcher);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Counts a connection that is on its way to take(). Any thread.
  void expect_pair() noexcept { open_pairs_.fetch_add(1, std::memory_order_relaxed); }
  /// A connection was taken for expect_pair(): forwards it to `upstream`, which must outlive the
  /// worker.
  void take(Upstream& upstream, net::TcpHandle accepted) noexcept;
  /// The expected connection did not arrive.
  void on_pair_lost() noexcept;
  void on_accept_failed() noexcept { shard_.connections().accept_failures.add(1); }

  /// Ends the connections to upstreams that end, where nobody is owed an answer; the others follow
  /// by themselves.
  void end_idle() noexcept;
  /// Ends all connections now.
  void abort() noexcept;
  /// With those that are on their way. Any thread.
  [[nodiscard]] std::size_t open_pairs() const noexcept {
    return open_pairs_.load(std::memory_order_relaxed);
  }

  /// To be read from any thread.
  [[nodiscard]] const telemetry::Shard& shard() const noexcept { return shard_; }

 private:
  void on_pair_closed(ConnectionPair& pair) noexcept override;

  telemetry::Shard shard_;
  CallFanOut calls_;
  PairContext context_;
  PairWatcher& watcher_;
  std::atomic<std::size_t> open_pairs_{0};
  std::vector<std::unique_ptr<ConnectionPair>> pairs_;
};

}  // namespace meshctl::proxy
