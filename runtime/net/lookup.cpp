#include "runtime/net/lookup.h"

#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <memory>
#include <utility>

namespace meshctl::net {
namespace {

/// Requests that libuv has, forgotten ones too, of all loops.
std::atomic<int> all_under_way{0};

}  // namespace

Result<void, UvError> Lookup::start(const Endpoint& endpoint) {
  cancel();
  auto request = std::make_unique<uv_getaddrinfo_t>();
  request->data = this;
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  const auto port = std::to_string(endpoint.port);
  if (const int rc = uv_getaddrinfo(&loop_.raw(), request.get(), on_done, endpoint.host.c_str(),
                                    port.c_str(), &hints);
      rc != 0) {
    return fail(UvError{rc});
  }
  under_way_ = request.release();  // on_done frees it
  ++all_under_way;
  return {};
}

void Lookup::cancel() noexcept {
  if (under_way_ == nullptr) return;
  under_way_->data = nullptr;
  // Fails where a thread is at it already: it will find nobody.
  uv_cancel(reinterpret_cast<uv_req_t*>(under_way_));
  under_way_ = nullptr;
}

void Lookup::exit_if_under_way(int code) noexcept {
  if (all_under_way == 0) return;
  std::fflush(nullptr);
  ::_exit(code);
}

void Lookup::on_done(uv_getaddrinfo_t* request, int status, addrinfo* found) noexcept {
  --all_under_way;
  const std::unique_ptr<uv_getaddrinfo_t> done(request);
  const std::unique_ptr<addrinfo, decltype(&uv_freeaddrinfo)> list(found, uv_freeaddrinfo);
  auto* self = static_cast<Lookup*>(request->data);
  if (self == nullptr) return;
  self->under_way_ = nullptr;
  if (status != 0) return self->on_found_(self->owner_, fail(UvError{status}));
  std::vector<Address> addresses;
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    if (entry->ai_family == AF_INET || entry->ai_family == AF_INET6)
      addresses.push_back(Address::from(*entry->ai_addr));
  }
  if (addresses.empty()) return self->on_found_(self->owner_, fail(UvError{UV_EAI_NONAME}));
  self->on_found_(self->owner_, std::move(addresses));
}

}  // namespace meshctl::net
