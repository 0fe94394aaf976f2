#pragma once

#include <memory>
#include <vector>

#include "runtime/net/listener.h"
#include "runtime/proxy/access_log.h"
#include "runtime/proxy/connection_pair.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::proxy {

/// One loop's share of the proxy: its listeners, its connection pairs, its counters.
class Worker final : private PairOwner {
 public:
  /// `access_log` may be null. All references must outlive the worker.
  Worker(net::Loop& loop, const Config& config, AccessLog* access_log);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  /// Listens at `addresses` and forwards to `upstream`, which must outlive the worker. Returns the
  /// bound address.
  [[nodiscard]] Result<net::Address, net::UvError> listen(
      const std::vector<net::Address>& addresses, Upstream& upstream);

  /// Takes nothing new, and ends each connection as soon as nobody is owed an answer.
  void drain() noexcept;
  /// Ends all connections now.
  void abort() noexcept;
  [[nodiscard]] std::size_t open_pairs() const noexcept { return pairs_.size(); }

  [[nodiscard]] const telemetry::Shard& shard() const noexcept { return shard_; }

 private:
  class Port;

  void on_pair_closed(ConnectionPair& pair) noexcept override;
  void add_pair(Upstream& upstream, net::TcpHandle accepted) noexcept;
  void on_accept_failed() noexcept;

  telemetry::Shard shard_;
  CallFanOut calls_;
  PairContext context_;
  std::size_t most_pairs_;
  std::vector<std::unique_ptr<Port>> ports_;
  std::size_t next_to_resume_ = 0;
  std::vector<std::unique_ptr<ConnectionPair>> pairs_;
};

}  // namespace meshctl::proxy
