#pragma once

#include "runtime/net/loop.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Calls `on_signal(owner, number)` on the loop's thread each time that the signal arrives.
class SignalWatch {
 public:
  using OnSignal = void (*)(void* owner, int number) noexcept;

  SignalWatch(Loop& loop, int number, void* owner, OnSignal on_signal);
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  UvPtr<uv_signal_t> signal_;
  void* owner_;
  OnSignal on_signal_;
};

}  // namespace meshctl::net
