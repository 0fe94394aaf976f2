#include "runtime/net/wakeup.h"

#include "runtime/base/assert.h"

namespace meshctl::net {

Wakeup::Wakeup(Loop& loop, void* owner, OnWake on_wake) : owner_(owner), on_wake_(on_wake) {
  auto async = make_handle<uv_async_t>(loop.raw(), [](uv_loop_t* raw, uv_async_t* handle) {
    return uv_async_init(raw, handle, [](uv_async_t* woken) {
      if (auto* self = static_cast<Wakeup*>(woken->data)) self->on_wake_(self->owner_);
    });
  });
  MESHCTL_ASSERT(async);  // fails only without a descriptor to spare, before anything was taken
  async_ = std::move(*async);
  async_->data = this;
}

void Wakeup::wake() noexcept {
  uv_async_send(async_.get());
}

}  // namespace meshctl::net
