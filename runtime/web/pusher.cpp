#include "runtime/web/pusher.h"

#include <fmt/format.h>

#include "runtime/base/assert.h"

namespace meshctl::web {

Pusher::Pusher(net::Loop& loop, PostTarget target, void* owner, OnResult on_result)
    : client_(loop, this,
              [](void* self, Result<Answer, std::string> answer) noexcept {
                static_cast<Pusher*>(self)->on_answer(std::move(answer));
              }),
      target_(std::move(target)),
      owner_(owner),
      on_result_(on_result),
      retry_timer_(loop, this, [](void* self) noexcept { static_cast<Pusher*>(self)->attempt(); }),
      chance_(std::random_device{}()) {}

void Pusher::push(std::string document) {
  MESHCTL_ASSERT(!is_sending());
  document_ = std::move(document);
  if (!is_waiting_) attempt();
}

void Pusher::push_now(std::string document) {
  client_.cancel();
  retry_timer_.stop();
  backoff_.reset();
  document_ = std::move(document);
  attempt();
}

void Pusher::attempt() {
  is_waiting_ = false;
  client_.post(target_, document_);
}

void Pusher::on_answer(Result<Answer, std::string> answer) noexcept {
  PushResult result;
  std::optional<Duration> asked;
  if (answer) {
    result.verdict = verdict_of(answer->status);
    result.problem = fmt::format("it answered {}", answer->status);
    result.body = std::move(answer->body);
    asked = retry_after(answer->retry_after, std::chrono::system_clock::now());
  } else {
    result.verdict = Verdict::Retry;
    result.problem = answer.error();
  }
  if (result.verdict == Verdict::Retry) {
    std::uniform_real_distribution<double> fraction(0, 1);
    is_waiting_ = true;
    retry_timer_.start_once(backoff_.next(asked, fraction(chance_)));
  } else {
    backoff_.reset();
    document_.clear();
  }
  on_result_(owner_, result);
}

}  // namespace meshctl::web
