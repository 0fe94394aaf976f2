#include "runtime/proxy/access_log.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/telemetry/access_log.h"

namespace meshctl::proxy {
namespace {

constexpr std::string_view kStandardOutput = "-";

}  // namespace

Result<std::unique_ptr<AccessLog>, net::UvError> AccessLog::open(net::Loop& loop,
                                                                 const AccessLogConfig& config,
                                                                 AccessLogCommons& commons) {
  std::unique_ptr<net::FileAppender> appender;
  if (config.path == kStandardOutput) {
    appender = net::FileAppender::over(loop, STDOUT_FILENO, commons.turns);
  } else {
    auto file = net::FileAppender::open(loop, config.path, commons.turns);
    if (!file) return fail(file.error());
    appender = std::move(*file);
  }
  return std::unique_ptr<AccessLog>(new AccessLog(std::move(appender), config, commons));
}

AccessLog::AccessLog(std::unique_ptr<net::FileAppender> file, const AccessLogConfig& config,
                     AccessLogCommons& commons)
    : file_(std::move(file)), config_(config), commons_(commons), sample_(config.sample) {
  file_->tell(*this);
}

void AccessLog::on_failing(net::UvError error) noexcept {
  if (commons_.told_failure.exchange(true)) return;
  if (net::is_timeout(error)) return say("nobody reads the access log: calls are missing from it");
  say(fmt::format(
      "cannot write the access log: {}; calls are missing from it; trying again once a second",
      net::message(error)));
}

void AccessLog::on_written_again() noexcept {
  if (commons_.told_failure.exchange(false)) say("the access log is written again");
}

void AccessLog::on_dropped() noexcept {
  if (!file_->has_failed() && !commons_.told_slowness.exchange(true))
    say("the access log cannot be written fast enough: calls are missing from it");
}

bool AccessLog::picks(bool is_error) noexcept {
  const bool is_sampled = !config_.only_errors && sample_.take();
  return is_error || is_sampled;
}

void AccessLog::on_call(const telemetry::CallRecord& call, std::string_view route) noexcept {
  const bool is_error =
      telemetry::is_error(call) || call.error == telemetry::ErrorType::ClientAbort;
  if (!picks(is_error)) return;
  auto* line = file_->line_buffer();
  if (line == nullptr) return;
  const auto ended = std::chrono::system_clock::now();
  if (config_.form == AccessLogConfig::Form::Text) {
    telemetry::append_access_text(*line, call, route, ended);
  } else {
    telemetry::append_access_line(*line, call, route, ended);
  }
  file_->submit();
}

void AccessLog::on_stream(const telemetry::StreamRecord& stream, std::string_view route) noexcept {
  if (!picks(stream.error != telemetry::ErrorType::None)) return;
  auto* line = file_->line_buffer();
  if (line == nullptr) return;
  const auto ended = std::chrono::system_clock::now();
  if (config_.form == AccessLogConfig::Form::Text) {
    telemetry::append_stream_text(*line, stream, route, ended);
  } else {
    telemetry::append_stream_line(*line, stream, route, ended);
  }
  file_->submit();
}

void AccessLog::reopen() noexcept {
  if (config_.path == kStandardOutput) return;
  const auto opened = file_->reopen(config_.path);
  if (opened) {
    commons_.told_slowness = false;
    return;
  }
  say(fmt::format("cannot open {} again: {}; the access log goes on in the old file", config_.path,
                  net::message(opened.error())));
}

}  // namespace meshctl::proxy
