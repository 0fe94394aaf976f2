#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/lookup.h"
#include "runtime/net/loop.h"
#include "runtime/net/signal.h"
#include "runtime/net/timer.h"
#include "runtime/proxy/admin.h"
#include "runtime/proxy/config.h"
#include "runtime/proxy/drain.h"
#include "runtime/proxy/exporter.h"
#include "runtime/proxy/reporter.h"
#include "runtime/proxy/worker_pool.h"
#include "runtime/proxy/wrapped_command.h"
#include "runtime/web/http_server.h"

namespace meshctl::proxy {

/// Why the proxy did not start, for the person who started it.
struct StartFailure {
  std::string problem;
  std::string hint;
};

/// `meshctl run`: forwards, reports, and drains when INT or TERM comes. One a process.
class Server {
 public:
  explicit Server(Config config);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Binds all ports and tells where; on failure nothing listens.
  [[nodiscard]] Result<void, StartFailure> start();
  /// Serves until drained. False: the report could not be printed to its end.
  [[nodiscard]] bool run();
  /// What was counted; final after run().
  [[nodiscard]] telemetry::Snapshot snapshot() const;
  /// Ends the process with `code` if it would be held up (net::Lookup); to be called last.
  static void exit_if_held_up(int code) noexcept { net::Lookup::exit_if_under_way(code); }
  /// What came of the command that the run was for; nothing if it was for none.
  [[nodiscard]] std::optional<WrappedCommand::Outcome> command_outcome() const;

 private:
  enum class State : std::uint8_t {
    Serving,
    Draining,  ///< not ready any more; see Drain
    Stopped,
  };

  [[nodiscard]] Result<void, StartFailure> open_forward(const Forward& forward);
  [[nodiscard]] Result<void, StartFailure> refuse_loops() const;
  [[nodiscard]] Result<void, StartFailure> open_ports();
  [[nodiscard]] Result<ApplicationWatch::Rules, StartFailure> rules_for(const Forward& forward,
                                                                        Forwarding& running) const;
  void greet() const;
  [[nodiscard]] Result<void, StartFailure> open_admin(const Endpoint& endpoint);
  void start_command();
  void on_signal(int number) noexcept;
  void on_hangup() noexcept;
  void push_last();
  void await_pushes();
  void on_run_end() noexcept;
  void on_time_up() noexcept;
  void begin_drain(bool takes_connections) noexcept;
  void stop() noexcept;

  Config config_;
  telemetry::Identity identity_;
  net::Loop loop_;
  std::vector<net::Address> listening_at_;  ///< of the forwards, in their order, then admin
  std::vector<Forwarding> forwards_;
  std::unique_ptr<WorkerPool> workers_;
  std::unique_ptr<web::HttpServer> admin_;
  std::unique_ptr<Reporter> reporter_;
  std::vector<std::unique_ptr<Exporter>> exporters_;
  std::vector<std::unique_ptr<net::SignalWatch>> signals_;
  net::Timer duration_timer_;
  std::unique_ptr<Drain> drain_;
  std::unique_ptr<WrappedCommand> command_;
  std::size_t unsettled_pushes_ = 0;
  State state_ = State::Serving;
  bool is_over_ = false;    ///< nothing more is counted
  bool signalled_ = false;  ///< the wrapped command has been passed a signal
};

}  // namespace meshctl::proxy
