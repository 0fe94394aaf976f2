#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/url.h"
#include "runtime/dashboard/board.h"
#include "runtime/net/loop.h"
#include "runtime/web/http_client.h"

namespace meshctl::dashboard {

/// Asks a Prometheus server by its HTTP API, one question at a time. One thread.
class PrometheusClient {
 public:
  /// The bodies of the answers in the order of the expressions, or in words why there are none.
  using Done = std::function<void(Result<std::vector<std::string>, std::string>)>;

  /// `token` goes along as a Bearer; empty: none does.
  PrometheusClient(net::Loop& loop, Url url, const std::string& token);

  /// When the expressions are evaluated: once at `from`, or from there to `to` each `step`.
  struct When {
    Millis from = 0;
    Millis to = 0;
    Millis step = 0;  ///< 0: once
  };
  /// Asks all of them, after what was asked before. `done` is called on the loop's thread, later.
  void ask(std::vector<std::string> expressions, When when, Done done);

  /// Prometheus refused the last question, or took too long for it; it is not that nobody was
  /// there.
  [[nodiscard]] bool is_reached() const noexcept { return is_reached_; }

  /// How often ask() was called whose `done` was not.
  [[nodiscard]] std::size_t waiting() const noexcept { return jobs_.size(); }

  /// Chosen: ten times that of 200 pods with 50 routes each.
  static constexpr std::size_t kMostAnswerBytes = std::size_t{256} * 1024 * 1024;

 private:
  struct Job {
    std::vector<std::string> expressions;
    When when;
    Done done;
    std::vector<std::string> bodies = {};
  };

  void send_next();
  void on_answer(Result<web::Answer, std::string> answer) noexcept;
  void finish(Result<std::vector<std::string>, std::string> result);

  web::PostTarget target_;
  std::string path_;  ///< before `api/v1`
  web::HttpClient client_;
  std::deque<Job> jobs_;
  bool is_reached_ = false;
};

}  // namespace meshctl::dashboard
