#pragma once

#include "runtime/net/loop.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Calls `on_wake(owner)` on the loop's thread soon after wake(), which any thread may call.
/// Several wake() that come close together may be answered by one call.
class Wakeup {
 public:
  using OnWake = void (*)(void* owner) noexcept;

  /// On the loop's thread, or before it runs; destroyed there, or after it ran.
  Wakeup(Loop& loop, void* owner, OnWake on_wake);
  Wakeup(const Wakeup&) = delete;
  Wakeup& operator=(const Wakeup&) = delete;

  void wake() noexcept;

 private:
  UvPtr<uv_async_t> async_;
  void* owner_;
  OnWake on_wake_;
};

}  // namespace meshctl::net
