#include "runtime/net/signal.h"

#include "runtime/base/assert.h"

namespace meshctl::net {

SignalWatch::SignalWatch(Loop& loop, int number, void* owner, OnSignal on_signal)
    : owner_(owner), on_signal_(on_signal) {
  auto signal = make_handle<uv_signal_t>(loop.raw(), uv_signal_init);
  MESHCTL_ASSERT(signal);
  signal_ = std::move(*signal);
  signal_->data = this;
  const int rc = uv_signal_start(
      signal_.get(),
      [](uv_signal_t* handle, int arrived) {
        auto* self = static_cast<SignalWatch*>(handle->data);
        if (self != nullptr) self->on_signal_(self->owner_, arrived);
      },
      number);
  MESHCTL_ASSERT(rc == 0);
}

}  // namespace meshctl::net
