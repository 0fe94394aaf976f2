#pragma once

#include <string_view>

#include "runtime/base/result.h"

namespace meshctl::net {

/// A libuv error code (negative, such as UV_ECONNREFUSED). Text is made where it is printed.
struct UvError {
  int code = 0;

  friend bool operator==(const UvError&, const UvError&) = default;
};

/// The system's words for it: "address already in use". The view is to static storage.
[[nodiscard]] std::string_view message(UvError error) noexcept;

/// The same codes by meaning, for folders that must not know libuv.
[[nodiscard]] bool is_address_in_use(UvError error) noexcept;
[[nodiscard]] bool is_permission_denied(UvError error) noexcept;
[[nodiscard]] bool is_address_not_available(UvError error) noexcept;
[[nodiscard]] bool is_out_of_files(UvError error) noexcept;
[[nodiscard]] bool is_refused(UvError error) noexcept;
[[nodiscard]] bool is_timeout(UvError error) noexcept;
/// Of a write: the peer has closed, in order, and takes no more (tcp_reset() in Linux: a reset in
/// CLOSE_WAIT). A reset out of nothing is another.
[[nodiscard]] bool is_broken_pipe(UvError error) noexcept;
/// The error that a connect ends with when its time is over, and when nobody listens.
[[nodiscard]] UvError timed_out() noexcept;
[[nodiscard]] UvError refused() noexcept;

}  // namespace meshctl::net
