#include "runtime/net/background.h"

#include <memory>
#include <utility>

#include "runtime/base/assert.h"

namespace meshctl::net {

struct Background::Job {
  uv_work_t work{};
  std::function<std::string()> make;
  std::string text;
  Background* owner = nullptr;
};

Result<void, UvError> Background::start(std::function<std::string()> make) {
  MESHCTL_ASSERT(!is_busy());
  auto job = std::make_unique<Job>();
  job->make = std::move(make);
  job->owner = this;
  job->work.data = job.get();
  const auto run = [](uv_work_t* work) {
    auto* self = static_cast<Job*>(work->data);
    self->text = self->make();
  };
  const auto done = [](uv_work_t* work, int) {
    const std::unique_ptr<Job> self(static_cast<Job*>(work->data));
    if (self->owner == nullptr) return;
    self->owner->job_ = nullptr;
    self->owner->on_done_(self->owner->owner_, std::move(self->text));
  };
  if (const int rc = uv_queue_work(&loop_.raw(), &job->work, run, done); rc != 0)
    return fail(UvError{rc});
  job_ = job.release();  // `done` frees it
  return {};
}

void Background::forget() noexcept {
  if (job_ == nullptr) return;
  job_->owner = nullptr;
  uv_cancel(reinterpret_cast<uv_req_t*>(&job_->work));
  job_ = nullptr;
}

}  // namespace meshctl::net
