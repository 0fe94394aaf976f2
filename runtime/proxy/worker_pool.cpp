#include "runtime/proxy/worker_pool.h"

#include <algorithm>

#include "runtime/net/handover.h"
#include "runtime/net/process.h"

namespace meshctl::proxy {
namespace {

/// Descriptors that are not connections: standard streams, loops, listeners, admin callers, files.
constexpr std::uint64_t kReservedFiles = 128;
/// With a low limit: a dozen after the start, and what comes and goes. With fewer left over, taking
/// a connection could fail, and libuv drops those it cannot take (uv__emfile_trick).
constexpr std::uint64_t kLeastReservedFiles = 18;
/// A loop's own: epoll, its signals, its wake-ups.
constexpr std::uint64_t kFilesOfALoop = 6;

std::size_t most_pairs(const Config& config) noexcept {
  const auto files = net::raise_open_file_limit();
  const auto reserved = std::clamp(files / 2, kLeastReservedFiles, kReservedFiles) +
                        (config.threads - 1) * kFilesOfALoop;
  const auto by_files = files < reserved + 2 ? 1 : (files - reserved) / 2;
  if (config.max_connections == 0) return by_files;
  return std::min<std::uint64_t>(by_files, config.max_connections);
}

}  // namespace

WorkerPool::WorkerPool(net::Loop& loop, const Config& config)
    : loop_(loop),
      most_pairs_(most_pairs(config)),
      keep_alive_(config.keep_alive),
      room_(loop, this,
            [](void* self) noexcept { static_cast<WorkerPool*>(self)->resume_where_room(); }),
      routes_(config.routes) {}

Result<std::unique_ptr<WorkerPool>, net::UvError> WorkerPool::start(net::Loop& loop,
                                                                    const Config& config) {
  std::unique_ptr<WorkerPool> pool(new WorkerPool(loop, config));
  if (!config.access_log.path.empty()) {
    auto opened = AccessLog::open(loop, config.access_log, pool->access_log_commons_);
    if (!opened) return fail(opened.error());
    pool->access_log_ = std::move(*opened);
  }
  PairWatcher& watcher = *pool;
  pool->own_ =
      std::make_unique<Worker>(loop, config, pool->routes_, pool->access_log_.get(), watcher);
  pool->shards_.push_back(&pool->own_->shard());
  for (std::size_t i = 1; i < config.threads; ++i) {
    auto started = WorkerThread::start(config, pool->routes_, pool->access_log_commons_, watcher);
    if (!started) return fail(started.error());
    pool->threads_.push_back(std::move(*started));
    pool->shards_.push_back(&pool->threads_.back()->worker().shard());
  }
  return pool;
}

WorkerPool::~WorkerPool() {
  stop();
}

Result<ForwardPort*, net::UvError> WorkerPool::add_port(const std::vector<net::Address>& addresses,
                                                        Upstream& upstream) {
  ConnectionTaker& self = *this;
  auto port = ForwardPort::reserve(loop_, addresses, upstream, self, keep_alive_);
  if (!port) return fail(port.error());
  ports_.push_back(std::move(*port));
  return ports_.back().get();
}

void WorkerPool::take(Upstream& upstream, net::TcpHandle accepted) noexcept {
  const auto least = std::ranges::min_element(
      threads_, {}, [](const auto& thread) { return thread->worker().open_pairs(); });
  const bool is_own =
      least == threads_.end() || own_->open_pairs() <= (*least)->worker().open_pairs();
  Worker& worker = is_own ? *own_ : (*least)->worker();
  worker.expect_pair();
  if (open_pairs() >= most_pairs_) {
    is_full_ = true;
    for (const auto& port : ports_) port->pause();
    // A pair may have ended before the flag was up.
    if (open_pairs() < most_pairs_) room_.wake();
  }
  if (is_own) return worker.take(upstream, std::move(accepted));
  auto descriptor = net::detach(std::move(accepted));
  // The descriptor of nobody: the worker counts it as lost.
  (*least)->take(upstream, descriptor ? std::move(*descriptor) : net::Descriptor());
}

void WorkerPool::on_pair_ended() noexcept {
  if (is_full_) room_.wake();
}

void WorkerPool::resume_where_room() noexcept {
  if (open_pairs() >= most_pairs_) return;
  is_full_ = false;
  // Resuming a port may fill the place at once, by the connection that waited there; and the next
  // port gets the first turn the next time.
  for (std::size_t i = 0; i < ports_.size() && !is_full_; ++i) {
    ports_[next_to_resume_++ % ports_.size()]->resume();
  }
}

void WorkerPool::end_idle() noexcept {
  own_->end_idle();
  for (const auto& thread : threads_) thread->end_idle();
}

void WorkerPool::close_ports() noexcept {
  for (const auto& port : ports_) static_cast<void>(port->open_to(Reach::Nobody));
}

void WorkerPool::abort() noexcept {
  close_ports();
  own_->abort();
  for (const auto& thread : threads_) thread->abort();
}

void WorkerPool::stop(Duration longest) noexcept {
  const auto until = now() + longest;
  const auto left = [&] { return std::max(until - now(), Duration::zero()); };
  close_ports();
  if (own_) own_->abort();
  for (const auto& thread : threads_) thread->stop(left());
  if (access_log_) access_log_->finish(left());
}

void WorkerPool::reopen_access_log() noexcept {
  if (access_log_) access_log_->reopen();
  for (const auto& thread : threads_) thread->reopen_access_log();
}

std::uint64_t WorkerPool::dropped_access_log_lines() const noexcept {
  if (!access_log_) return 0;
  auto lines = access_log_->dropped_lines();
  for (const auto& thread : threads_) lines += thread->access_log()->dropped_lines();
  return lines;
}

std::size_t WorkerPool::open_pairs() const noexcept {
  auto count = own_->open_pairs();
  for (const auto& thread : threads_) count += thread->worker().open_pairs();
  return count;
}

}  // namespace meshctl::proxy
