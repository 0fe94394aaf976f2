#pragma once

#include <atomic>
#include <memory>
#include <vector>

#include "runtime/net/wakeup.h"
#include "runtime/proxy/forward_port.h"
#include "runtime/proxy/worker.h"
#include "runtime/proxy/worker_thread.h"

namespace meshctl::proxy {

/// Takes connections at all ports, on the main loop, and gives each to the worker that has least:
/// on the main loop itself, or on one of `config.threads` - 1 others. Members are for the main
/// thread.
class WorkerPool final : private PairWatcher, private ConnectionTaker {
 public:
  /// Starts the threads. Fails if an access log cannot be opened.
  [[nodiscard]] static Result<std::unique_ptr<WorkerPool>, net::UvError> start(
      net::Loop& loop, const Config& config);
  ~WorkerPool();
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  /// Keeps a port at the first of `addresses` that this machine has, for `upstream`, which must
  /// outlive the pool. It is closed, and lives as long as the pool.
  [[nodiscard]] Result<ForwardPort*, net::UvError> add_port(
      const std::vector<net::Address>& addresses, Upstream& upstream);

  /// Connections to upstreams that end (Upstream::end) end as soon as nobody is owed an answer: now
  /// on this thread, soon on the others.
  void end_idle() noexcept;
  /// Closes all ports, and ends all connections: now on this thread, soon on the others.
  void abort() noexcept;
  /// Ends all connections, and waits for the threads: the counters are final then.
  void stop(Duration longest = net::FileAppender::kLongestFlush) noexcept;

  /// Each access log goes on in a new file of its name: now on this thread, soon on the others.
  void reopen_access_log() noexcept;
  /// Of all threads, since the start.
  [[nodiscard]] std::uint64_t dropped_access_log_lines() const noexcept;

  [[nodiscard]] std::size_t open_pairs() const noexcept;
  /// Of each worker. They live as long as the pool.
  [[nodiscard]] const std::vector<const telemetry::Shard*>& shards() const noexcept {
    return shards_;
  }

 private:
  WorkerPool(net::Loop& loop, const Config& config);
  void take(Upstream& upstream, net::TcpHandle accepted) noexcept override;
  void on_accept_failed() noexcept override { own_->on_accept_failed(); }
  void close_ports() noexcept;
  void on_pair_ended() noexcept override;
  void resume_where_room() noexcept;

  net::Loop& loop_;
  std::size_t most_pairs_;
  net::KeepAlive keep_alive_;
  /// Set while no more connections are taken: a worker whose pair ends says so.
  std::atomic<bool> is_full_{false};
  net::Wakeup room_;
  telemetry::RouteTable routes_;
  AccessLogCommons access_log_commons_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<Worker> own_;
  std::vector<std::unique_ptr<WorkerThread>> threads_;
  std::vector<const telemetry::Shard*> shards_;
  std::vector<std::unique_ptr<ForwardPort>> ports_;
  std::size_t next_to_resume_ = 0;
};

}  // namespace meshctl::proxy
