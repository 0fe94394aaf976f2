#include "runtime/dashboard/prometheus_client.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/dashboard/prometheus_reply.h"

namespace meshctl::dashboard {
namespace {

/// application/x-www-form-urlencoded (WHATWG URL, 5.2).
std::string form_encoded(std::string_view text) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
                          (c >= 'a' && c <= 'z') || c == '_' || c == '-' || c == '.';
    if (is_plain) {
      encoded += c;
    } else {
      encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return encoded;
}

std::string seconds(Millis millis) {
  return fmt::format("{}.{:03}", millis / 1000, millis % 1000);
}

}  // namespace

PrometheusClient::PrometheusClient(net::Loop& loop, Url url, const std::string& token)
    : path_(url.target.ends_with('/') ? url.target : url.target + "/"),
      client_(loop, this, [](void* self, Result<web::Answer, std::string> answer) noexcept {
        static_cast<PrometheusClient*>(self)->on_answer(std::move(answer));
      }) {
  target_.url = std::move(url);
  target_.content_type = "application/x-www-form-urlencoded";
  target_.timeout = std::chrono::seconds(60);
  target_.keeps_connection = true;
  target_.most_answer_bytes = kMostAnswerBytes;
  if (!token.empty())
    target_.headers.emplace_back("Authorization", fmt::format("Bearer {}", token));
}

void PrometheusClient::ask(std::vector<std::string> expressions, When when, Done done) {
  jobs_.push_back({std::move(expressions), when, std::move(done)});
  if (jobs_.size() == 1) send_next();
}

void PrometheusClient::send_next() {
  const auto& job = jobs_.front();
  auto body = fmt::format("query={}", form_encoded(job.expressions[job.bodies.size()]));
  if (job.when.step == 0) {
    target_.url.target = path_ + "api/v1/query";
    body += fmt::format("&time={}", seconds(job.when.from));
  } else {
    target_.url.target = path_ + "api/v1/query_range";
    body += fmt::format("&start={}&end={}&step={}", seconds(job.when.from), seconds(job.when.to),
                        seconds(job.when.step));
  }
  client_.post(target_, body);
}

void PrometheusClient::on_answer(Result<web::Answer, std::string> answer) noexcept {
  is_reached_ = answer || answer.error() == web::kNotInTime;
  if (!answer) return finish(fail(std::move(answer.error())));
  if (answer->status != 200) {
    const auto reply = read_prometheus_reply(answer->body);
    return finish(fail(fmt::format("it answered {}{}", answer->status,
                                   reply ? "" : fmt::format(", {}", reply.error()))));
  }
  auto& job = jobs_.front();
  job.bodies.push_back(std::move(answer->body));
  if (job.bodies.size() < job.expressions.size()) return send_next();
  finish(std::move(job.bodies));
}

void PrometheusClient::finish(Result<std::vector<std::string>, std::string> result) {
  auto done = std::move(jobs_.front().done);
  jobs_.pop_front();
  if (!jobs_.empty()) send_next();
  done(std::move(result));
}

}  // namespace meshctl::dashboard
