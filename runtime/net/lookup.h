#pragma once

#include <uv.h>

#include <vector>

#include "runtime/base/endpoint.h"
#include "runtime/net/address.h"
#include "runtime/net/loop.h"

namespace meshctl::net {

/// Looks hosts up on a thread of libuv's pool, so that a slow name server holds nothing up.
class Lookup {
 public:
  /// The addresses in the order to try them, at least one. Called on the loop's thread.
  using OnFound = void (*)(void* owner, Result<std::vector<Address>, UvError> found) noexcept;

  Lookup(Loop& loop, void* owner, OnFound on_found) noexcept
      : loop_(loop), owner_(owner), on_found_(on_found) {}
  ~Lookup() { cancel(); }
  Lookup(const Lookup&) = delete;
  Lookup& operator=(const Lookup&) = delete;

  /// Begins; a lookup that is under way is forgotten. On failure nothing comes.
  [[nodiscard]] Result<void, UvError> start(const Endpoint& endpoint);
  /// Nothing comes any more.
  void cancel() noexcept;

  /// Ends the process with `code` if a thread of the pool still asks a name server, which may take
  /// half a minute, and which nothing can stop: destructors and exit(3) would wait for it. To be
  /// called when all that was to be said and written is.
  static void exit_if_under_way(int code) noexcept;

 private:
  static void on_done(uv_getaddrinfo_t* request, int status, addrinfo* found) noexcept;

  Loop& loop_;
  void* owner_;
  OnFound on_found_;
  /// Belongs to libuv until on_done(); its `data` is us, or null once we have forgotten it.
  uv_getaddrinfo_t* under_way_ = nullptr;
};

}  // namespace meshctl::net
