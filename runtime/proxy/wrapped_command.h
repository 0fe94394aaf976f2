#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/child_process.h"
#include "runtime/net/stream.h"
#include "runtime/net/timer.h"
#include "runtime/proxy/drain.h"

namespace meshctl::proxy {

/// The command of `run ... -- COMMAND`: starts once the application takes connections, and ends the
/// run when it ends.
class WrappedCommand final : private net::StreamOwner {
 public:
  /// What came of it.
  struct Outcome {
    int exit_code = 1;    ///< of the command; 128 + the signal's number where one ended it
    std::string failure;  ///< not empty: it never ran, and why
  };
  using OnEnd = void (*)(void* owner) noexcept;

  /// `reached` is where the command will call us; it starts once the application of `forward` takes
  /// connections from such callers and our port is open. `variables` (`NAME=VALUE`) are added to
  /// the command's environment. `when_done` comes once.
  WrappedCommand(net::Loop& loop, const Forwarding& forward, const net::Address& reached,
                 std::vector<std::string> command, std::vector<std::string> variables,
                 Duration start_timeout, void* owner, OnEnd when_done);

  /// Passes a signal on; before the command has started, it then never starts.
  void send_signal(int number) noexcept;
  /// Valid once that has come.
  [[nodiscard]] const Outcome& outcome() const noexcept { return outcome_; }

 private:
  net::Next on_bytes(net::Stream&, std::string_view) noexcept override;
  net::Next on_end(net::Stream&, net::StreamEnd) noexcept override;
  net::Next on_written(net::Stream&, Result<void, net::UvError>) noexcept override;
  net::Next on_connected(net::Stream&, Result<void, net::UvError> result) noexcept override;
  void close() noexcept override { probe_.reset(); }

  void on_timer() noexcept;
  void look() noexcept;
  void start() noexcept;
  void give_up(std::string failure) noexcept;

  net::Loop& loop_;
  const Forwarding& forward_;
  const net::Address reached_;
  const std::vector<std::string> command_;
  const std::vector<std::string> variables_;
  const Duration start_timeout_;
  const Instant began_;
  void* const owner_;
  const OnEnd on_end_;
  net::Timer timer_;
  /// Tries whether the application takes a connection; closed at once if it does.
  std::optional<net::Stream> probe_;
  std::vector<net::Address> addresses_;
  std::size_t next_address_ = 0;
  std::unique_ptr<net::ChildProcess> child_;
  bool has_ended_ = false;
  Outcome outcome_;
};

}  // namespace meshctl::proxy
