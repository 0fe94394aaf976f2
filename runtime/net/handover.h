#pragma once

#include "runtime/net/descriptor.h"
#include "runtime/net/loop.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Takes an accepted connection that nobody has read off its loop, for adopt() on another one.
[[nodiscard]] Result<Descriptor, UvError> detach(TcpHandle connection) noexcept;

/// Puts a connection on `loop`. On the loop's thread.
[[nodiscard]] Result<TcpHandle, UvError> adopt(Loop& loop, Descriptor connection) noexcept;

}  // namespace meshctl::net
