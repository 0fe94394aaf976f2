#pragma once

#include "runtime/base/clock.h"
#include "runtime/net/loop.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Calls `on_fire(owner)` once, or again and again, until stopped or destroyed. The owner may
/// destroy the timer from its callback. Resolution: one millisecond.
class Timer {
 public:
  using OnFire = void (*)(void* owner) noexcept;

  Timer(Loop& loop, void* owner, OnFire on_fire);
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

  /// (Re)starts the wait from now; it never ends before `after` has passed.
  void start_once(Duration after) noexcept;
  void start_repeating(Duration every) noexcept;
  void stop() noexcept;

 private:
  static void on_timer(uv_timer_t* handle) noexcept;

  UvPtr<uv_timer_t> timer_;
  void* owner_;
  OnFire on_fire_;
};

}  // namespace meshctl::net
