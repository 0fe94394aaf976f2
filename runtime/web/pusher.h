#pragma once

#include <random>
#include <string>

#include "runtime/net/timer.h"
#include "runtime/web/http_client.h"
#include "runtime/web/retry.h"

namespace meshctl::web {

/// How an attempt to push ended.
struct PushResult {
  Verdict verdict = Verdict::Delivered;
  /// Why it was not delivered: `it answered 503`, `cannot connect: connection refused`.
  std::string problem = {};
  /// Of the answer; empty where there was none.
  std::string body = {};
};

/// Delivers one document at a time to a collector, over and over until it is taken or refused. For
/// documents of which a newer one stands for all before it: at most one is kept.
class Pusher {
 public:
  /// Called after each attempt, on the loop's thread.
  using OnResult = void (*)(void* owner, const PushResult& result) noexcept;

  Pusher(net::Loop& loop, PostTarget target, void* owner, OnResult on_result);
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  /// An attempt is under way: a new document would come too late for it.
  [[nodiscard]] bool is_sending() const noexcept { return client_.is_busy(); }
  /// Sends `document`, or lets it stand for the one that waits for its next attempt. Must not be
  /// called while sending.
  void push(std::string document);
  /// The same, but at once: what is under way or waits is given up.
  void push_now(std::string document);

 private:
  void attempt();
  void on_answer(Result<Answer, std::string> answer) noexcept;

  HttpClient client_;
  PostTarget target_;
  void* owner_;
  OnResult on_result_;
  net::Timer retry_timer_;
  Backoff backoff_;
  std::minstd_rand chance_;
  std::string document_;
  bool is_waiting_ = false;
};

}  // namespace meshctl::web
