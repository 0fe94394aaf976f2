#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "runtime/net/timer.h"
#include "runtime/proxy/application_watch.h"
#include "runtime/proxy/forward_port.h"
#include "runtime/proxy/upstream.h"
#include "runtime/proxy/worker_pool.h"

namespace meshctl::proxy {

/// A forward as it runs. What is pointed to is there from the start on.
struct Forwarding {
  std::unique_ptr<Upstream> upstream;
  ForwardPort* port = nullptr;  ///< of the pool
  std::unique_ptr<ApplicationWatch> watch;
  /// The sockets that the application listens at can be seen: it is in this network namespace, and
  /// the kernel's table can be read.
  bool is_seen = false;
};

/// The end of a run, so that no caller notices more of it than of the application's own end.
///
/// Connections are taken as long as the application listens, and idle ones left alone: it may have
/// work to do before it ends (a preStop hook), and callers come until endpoints are updated. Then
/// connections end as soon as nobody is owed an answer. One deadline, counted from begin(), holds
/// all of that and what is left to say afterwards. On the main loop's thread.
class Drain {
 public:
  struct Times {
    Duration timeout;               ///< from begin() to deadline()
    std::optional<Duration> delay;  ///< see Config::drain_delay
    bool has_pushes = false;        ///< they need a part of the time at the end
  };
  using OnDone = void (*)(void* owner) noexcept;

  /// `on_done` comes once: nothing is under way any more, or time is up. All references must
  /// outlive it.
  Drain(net::Loop& loop, WorkerPool& workers, std::vector<Forwarding>& forwards, Times times,
        void* owner, OnDone on_done);
  ~Drain();
  Drain(const Drain&) = delete;
  Drain& operator=(const Drain&) = delete;

  /// Once. Without `takes_connections`, ports close at once. `on_done` may come before it returns.
  void begin(bool takes_connections);
  /// What is left to do after `on_done` must be done by then. After begin().
  [[nodiscard]] Instant deadline() const noexcept { return deadline_; }

 private:
  struct Ending;

  void await_applications();
  void on_tick() noexcept;
  void end(Ending& ending) noexcept;
  void end_all() noexcept;
  [[nodiscard]] bool have_all_ended() const noexcept;

  WorkerPool& workers_;
  std::vector<std::unique_ptr<Ending>> endings_;  ///< of each forward
  const Times times_;
  void* const owner_;
  const OnDone on_done_;
  net::Timer tick_;
  Instant delay_ends_;  ///< of what is not seen
  Instant idle_until_;  ///< idle connections are left alone until then
  Instant cut_at_;      ///< connections that are still open are cut
  Instant deadline_;
};

}  // namespace meshctl::proxy
