#include "runtime/net/uv_error.h"

#include <uv.h>

namespace meshctl::net {

std::string_view message(UvError error) noexcept {
  return uv_strerror(error.code);
}

bool is_address_in_use(UvError error) noexcept {
  return error.code == UV_EADDRINUSE;
}

bool is_permission_denied(UvError error) noexcept {
  return error.code == UV_EACCES || error.code == UV_EPERM;
}

bool is_address_not_available(UvError error) noexcept {
  return error.code == UV_EADDRNOTAVAIL || error.code == UV_EAFNOSUPPORT;
}

bool is_out_of_files(UvError error) noexcept {
  return error.code == UV_EMFILE || error.code == UV_ENFILE;
}

bool is_refused(UvError error) noexcept {
  return error.code == UV_ECONNREFUSED;
}

bool is_timeout(UvError error) noexcept {
  return error.code == UV_ETIMEDOUT;
}

bool is_broken_pipe(UvError error) noexcept {
  return error.code == UV_EPIPE;
}

UvError timed_out() noexcept {
  return {UV_ETIMEDOUT};
}

UvError refused() noexcept {
  return {UV_ECONNREFUSED};
}

}  // namespace meshctl::net
