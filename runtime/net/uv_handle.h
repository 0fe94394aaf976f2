#pragma once

#include <uv.h>

#include <memory>

#include "runtime/base/result.h"
#include "runtime/net/uv_error.h"

namespace meshctl::net {

/// Closes a libuv handle, and frees its memory from the close callback.
///
/// uv_close() is asynchronous: libuv uses the memory until its callback has run on a later loop
/// turn, so the memory outlives its owner. `data` is cleared first: a callback that comes in
/// between finds no owner.
struct CloseHandle {
  template <typename Handle>
  void operator()(Handle* handle) const noexcept {
    handle->data = nullptr;
    uv_close(reinterpret_cast<uv_handle_t*>(handle),
             [](uv_handle_t* closed) { delete reinterpret_cast<Handle*>(closed); });
  }
};

template <typename Handle>
using UvPtr = std::unique_ptr<Handle, CloseHandle>;

/// Makes a handle with `init`, such as uv_tcp_init. A handle whose init failed must never reach
/// uv_close(), so it is freed at once.
template <typename Handle, typename Init>
[[nodiscard]] Result<UvPtr<Handle>, UvError> make_handle(uv_loop_t& loop, Init init) {
  auto raw = std::make_unique<Handle>();
  if (const int rc = init(&loop, raw.get()); rc != 0) return fail(UvError{rc});
  raw->data = nullptr;
  return UvPtr<Handle>{raw.release()};
}

/// A TCP socket on a loop that nobody reads yet.
using TcpHandle = UvPtr<uv_tcp_t>;

}  // namespace meshctl::net
