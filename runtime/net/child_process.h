#pragma once

#include <string>
#include <vector>

#include "runtime/net/loop.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// A program that runs beside us, with our standard streams and environment.
class ChildProcess {
 public:
  /// How it ended: by itself with `code`, or by the signal `signal` (0: none).
  struct Ending {
    int code = 0;
    int signal = 0;
  };
  using OnExit = void (*)(void* owner, Ending ending) noexcept;

  /// Starts `command` (a program, which is looked for in PATH, and its arguments; not empty).
  /// `variables` are added to the environment, each `NAME=VALUE`. `on_exit` comes once, on the
  /// loop's thread.
  [[nodiscard]] static Result<std::unique_ptr<ChildProcess>, UvError> start(
      Loop& loop, const std::vector<std::string>& command,
      const std::vector<std::string>& variables, void* owner, OnExit on_exit);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  /// Does nothing once it has ended.
  void send_signal(int number) noexcept;

 private:
  ChildProcess(void* owner, OnExit on_exit) : owner_(owner), on_exit_(on_exit) {}

  void* owner_;
  OnExit on_exit_;
  UvPtr<uv_process_t> process_;
};

}  // namespace meshctl::net
