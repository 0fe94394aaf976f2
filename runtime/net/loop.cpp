#include "runtime/net/loop.h"

#include "runtime/base/assert.h"

namespace meshctl::net {

Loop::Loop() : read_buffer_(new char[kReadBufferBytes]) {  // left uninitialised: pages come on use
  MESHCTL_ASSERT(uv_loop_init(&loop_) == 0);
}

Loop::~Loop() {
  while (uv_run(&loop_, UV_RUN_NOWAIT) != 0) {
    // Only close callbacks may be left; a live handle would keep this loop turning for ever.
    bool closing_only = true;
    uv_walk(
        &loop_,
        [](uv_handle_t* handle, void* flag) {
          if (uv_is_closing(handle) == 0 && uv_has_ref(handle) != 0)
            *static_cast<bool*>(flag) = false;
        },
        &closing_only);
    MESHCTL_ASSERT(closing_only);
  }
  MESHCTL_ASSERT(uv_loop_close(&loop_) == 0);
}

void Loop::run() noexcept {
  uv_run(&loop_, UV_RUN_DEFAULT);
}

bool Loop::turn() noexcept {
  return uv_run(&loop_, UV_RUN_ONCE) != 0;
}

void Loop::stop() noexcept {
  uv_stop(&loop_);
}

}  // namespace meshctl::net
