#include "runtime/net/timer.h"

#include <algorithm>

#include "runtime/base/assert.h"

namespace meshctl::net {
namespace {

/// In the loop's milliseconds, rounded up.
std::uint64_t milliseconds(Duration duration) noexcept {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(duration).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(ms, 0));
}

}  // namespace

Timer::Timer(Loop& loop, void* owner, OnFire on_fire) : owner_(owner), on_fire_(on_fire) {
  auto timer = make_handle<uv_timer_t>(loop.raw(), uv_timer_init);
  MESHCTL_ASSERT(timer);
  timer_ = std::move(*timer);
  timer_->data = this;
}

void Timer::on_timer(uv_timer_t* handle) noexcept {
  if (auto* self = static_cast<Timer*>(handle->data)) self->on_fire_(self->owner_);
}

void Timer::start_once(Duration after) noexcept {
  uv_update_time(timer_->loop);  // the loop's time is that of its last poll
  auto wait = milliseconds(after);
  // The loop's time is cut down to whole milliseconds: from one tick to the next can be no time.
  if (wait > 0) ++wait;
  uv_timer_start(timer_.get(), on_timer, wait, 0);
}

void Timer::start_repeating(Duration every) noexcept {
  uv_update_time(timer_->loop);
  const auto ms = std::max<std::uint64_t>(milliseconds(every), 1);
  uv_timer_start(timer_.get(), on_timer, ms, ms);
}

void Timer::stop() noexcept {
  uv_timer_stop(timer_.get());
}

}  // namespace meshctl::net
