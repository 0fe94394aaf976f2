#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "runtime/net/descriptor.h"
#include "runtime/net/wakeup.h"
#include "runtime/proxy/worker.h"

namespace meshctl::proxy {

/// A worker on a loop and a thread of its own. Its members are for the thread that made it.
class WorkerThread {
 public:
  /// Begins to run. Fails if its access log cannot be opened. All references must outlive it.
  [[nodiscard]] static Result<std::unique_ptr<WorkerThread>, net::UvError> start(
      const Config& config, telemetry::RouteTable& routes, AccessLogCommons& commons,
      PairWatcher& watcher);
  /// Ends all connections, and waits for the thread.
  ~WorkerThread();
  WorkerThread(const WorkerThread&) = delete;
  WorkerThread& operator=(const WorkerThread&) = delete;

  /// Hands a connection over. `upstream` must outlive the thread.
  void take(Upstream& upstream, net::Descriptor connection);
  /// See Worker; what was handed over before is taken first.
  void end_idle() { post(EndIdle{}); }
  void abort() { post(Abort{}); }
  void reopen_access_log() { post(Reopen{}); }
  /// Ends all connections, and waits until the thread has stopped: its counters are final then.
  void stop(Duration longest) noexcept;

  /// Null without one. Only what says so is for this thread.
  [[nodiscard]] const AccessLog* access_log() const noexcept { return access_log_.get(); }
  [[nodiscard]] Worker& worker() noexcept { return *worker_; }

 private:
  struct Connection {
    Upstream* upstream = nullptr;
    net::Descriptor descriptor;
  };
  struct EndIdle {};
  struct Abort {};
  struct Reopen {};
  struct Stop {};
  using Message = std::variant<Connection, EndIdle, Abort, Reopen, Stop>;

  WorkerThread();
  void post(Message message);
  void on_mail() noexcept;
  void obey(Message& message) noexcept;

  net::Loop loop_;
  std::unique_ptr<AccessLog> access_log_;
  std::unique_ptr<Worker> worker_;
  std::mutex mutex_;
  std::vector<Message> mail_;  ///< guarded by mutex_
  net::Wakeup wakeup_;
  std::thread thread_;
};

}  // namespace meshctl::proxy
