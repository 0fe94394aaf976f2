#include "runtime/proxy/access_log.h"

#include <chrono>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/telemetry/access_log.h"

namespace meshctl::proxy {

Result<std::unique_ptr<AccessLog>, net::UvError> AccessLog::open(net::Loop& loop,
                                                                 const std::string& path) {
  auto file = net::FileAppender::open(loop, path);
  if (!file) return fail(file.error());
  return std::unique_ptr<AccessLog>(new AccessLog(std::move(*file)));
}

std::string* AccessLog::next_line() noexcept {
  auto* line = file_->line_buffer();
  if (line == nullptr && !std::exchange(told_loss_, true)) {
    say("the access log cannot be written fast enough, or at all: calls are missing from it");
  }
  return line;
}

void AccessLog::on_call(const telemetry::CallRecord& call) noexcept {
  auto* line = next_line();
  if (line == nullptr) return;
  telemetry::append_access_line(*line, call, {}, std::chrono::system_clock::now());
  file_->submit();
}

void AccessLog::on_stream(const telemetry::StreamRecord& stream) noexcept {
  auto* line = next_line();
  if (line == nullptr) return;
  telemetry::append_stream_line(*line, stream, std::chrono::system_clock::now());
  file_->submit();
}

}  // namespace meshctl::proxy
