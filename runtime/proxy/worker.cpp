#include "runtime/proxy/worker.h"

#include <algorithm>

#include "runtime/net/process.h"

namespace meshctl::proxy {
namespace {

/// Descriptors that are not connections: standard streams, loop, listeners, admin callers, files.
constexpr std::uint64_t kReservedFiles = 128;

std::size_t most_pairs(const Config& config) noexcept {
  const auto files = net::raise_open_file_limit();
  const auto reserved = std::min(kReservedFiles, files / 2);
  const auto by_files = std::max<std::uint64_t>(1, (files - reserved) / 2);
  if (config.max_connections == 0) return by_files;
  return std::min<std::uint64_t>(by_files, config.max_connections);
}

}  // namespace

/// A listening port, and where its connections go.
class Worker::Port final : private net::Acceptor {
 public:
  Port(Worker& worker, Upstream& upstream) : worker_(worker), upstream_(upstream) {}

  Result<void, net::UvError> listen(const std::vector<net::Address>& addresses) {
    auto opened = net::Listener::open(worker_.context_.loop, addresses, *this);
    if (!opened) return fail(opened.error());
    listener_ = std::move(*opened);
    return {};
  }
  net::Listener& listener() noexcept { return *listener_; }

 private:
  void on_connection(net::TcpHandle connection) noexcept override {
    worker_.add_pair(upstream_, std::move(connection));
  }
  void on_accept_failed(net::UvError) noexcept override { worker_.on_accept_failed(); }

  Worker& worker_;
  Upstream& upstream_;
  std::unique_ptr<net::Listener> listener_;
};

Worker::Worker(net::Loop& loop, const Config& config, AccessLog* access_log)
    : calls_(shard_, access_log),
      context_{loop, config, calls_, shard_.connections()},
      most_pairs_(most_pairs(config)) {}

Worker::~Worker() {
  abort();
}

Result<net::Address, net::UvError> Worker::listen(const std::vector<net::Address>& addresses,
                                                  Upstream& upstream) {
  auto port = std::make_unique<Port>(*this, upstream);
  if (auto opened = port->listen(addresses); !opened) return fail(opened.error());
  ports_.push_back(std::move(port));
  return ports_.back()->listener().address();
}

void Worker::add_pair(Upstream& upstream, net::TcpHandle accepted) noexcept {
  PairOwner& owner = *this;
  auto& pair = *pairs_.emplace_back(
      std::make_unique<ConnectionPair>(context_, owner, upstream, std::move(accepted)));
  pair.index = pairs_.size() - 1;
  if (pairs_.size() >= most_pairs_) {
    for (const auto& port : ports_) port->listener().pause();
  }
  pair.start();
}

void Worker::on_accept_failed() noexcept {
  shard_.connections().accept_failures.add(1);
}

void Worker::on_pair_closed(ConnectionPair& pair) noexcept {
  const auto index = pair.index;
  std::swap(pairs_[index], pairs_.back());
  pairs_[index]->index = index;
  pairs_.pop_back();
  // Resuming a port may fill the place at once, by the connection that waited there; and the next
  // port gets the first turn the next time.
  for (std::size_t i = 0; i < ports_.size() && pairs_.size() < most_pairs_; ++i) {
    auto& listener = ports_[next_to_resume_++ % ports_.size()]->listener();
    if (listener.is_paused()) listener.resume();
  }
}

void Worker::drain() noexcept {
  ports_.clear();
  context_.is_draining = true;
  // Backwards: a pair that closes gives its place to the last, which was asked already.
  for (auto i = pairs_.size(); i-- > 0;) pairs_[i]->close_if_idle();
}

void Worker::abort() noexcept {
  ports_.clear();
  while (!pairs_.empty()) pairs_.back()->abort();
}

}  // namespace meshctl::proxy
