#include "runtime/proxy/worker.h"

#include <utility>

namespace meshctl::proxy {

Worker::Worker(net::Loop& loop, const Config& config, telemetry::RouteTable& routes,
               AccessLog* access_log, PairWatcher& watcher)
    : shard_(routes),
      calls_(shard_, access_log),
      context_{loop, config, calls_, shard_.connections()},
      watcher_(watcher) {}

Worker::~Worker() {
  abort();
}

void Worker::take(Upstream& upstream, net::TcpHandle accepted) noexcept {
  PairOwner& owner = *this;
  auto& pair = *pairs_.emplace_back(
      std::make_unique<ConnectionPair>(context_, owner, upstream, std::move(accepted)));
  pair.index = pairs_.size() - 1;
  pair.start();
}

void Worker::on_pair_lost() noexcept {
  open_pairs_.fetch_sub(1, std::memory_order_relaxed);
  on_accept_failed();
  watcher_.on_pair_ended();
}

void Worker::on_pair_closed(ConnectionPair& pair) noexcept {
  const auto index = pair.index;
  std::swap(pairs_[index], pairs_.back());
  pairs_[index]->index = index;
  pairs_.pop_back();
  open_pairs_.fetch_sub(1, std::memory_order_relaxed);
  watcher_.on_pair_ended();
}

void Worker::end_idle() noexcept {
  // Backwards: a pair that closes gives its place to the last, which was asked already.
  for (auto i = pairs_.size(); i-- > 0;) pairs_[i]->close_if_idle();
}

void Worker::abort() noexcept {
  while (!pairs_.empty()) pairs_.back()->abort();
}

}  // namespace meshctl::proxy
