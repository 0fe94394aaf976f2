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

bool AccessLog::picks(bool is_error) noexcept {
  const bool is_sampled = !config_.only_errors && sample_.take();
  return is_error || is_sampled;
}

std::string* AccessLog::next_line() noexcept {
  auto* line = file_->line_buffer();
  if (line == nullptr && !commons_.told_loss.exchange(true)) {
    say("the access log cannot be written fast enough, or at all: calls are missing from it");
  }
  return line;
}

void AccessLog::on_call(const telemetry::CallRecord& call, std::string_view route) noexcept {
  const bool is_error =
      telemetry::is_error(call) || call.error == telemetry::ErrorType::ClientAbort;
  if (!picks(is_error)) return;
  auto* line = next_line();
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
  auto* line = next_line();
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
    commons_.told_loss = false;
    return;
  }
  say(fmt::format("cannot open {} again: {}; the access log goes on in the old file", config_.path,
                  net::message(opened.error())));
}

}  // namespace meshctl::proxy
