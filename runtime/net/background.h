#pragma once

#include <functional>
#include <string>

#include "runtime/net/loop.h"
#include "runtime/net/uv_error.h"

namespace meshctl::net {

/// Makes a text on a thread of libuv's pool, for work that would hold the loop up. One at a time.
class Background {
 public:
  /// Called on the loop's thread.
  using OnDone = void (*)(void* owner, std::string text) noexcept;

  Background(Loop& loop, void* owner, OnDone on_done) noexcept
      : loop_(loop), owner_(owner), on_done_(on_done) {}
  ~Background() { forget(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  [[nodiscard]] bool is_busy() const noexcept { return job_ != nullptr; }
  /// `make` runs on another thread and must own all that it touches: it may outlive us. Must not be
  /// called while busy.
  [[nodiscard]] Result<void, UvError> start(std::function<std::string()> make);
  /// What is under way comes to nothing.
  void forget() noexcept;

 private:
  struct Job;

  Loop& loop_;
  void* owner_;
  OnDone on_done_;
  Job* job_ = nullptr;  ///< belongs to libuv until its callback
};

}  // namespace meshctl::net
