#pragma once

#include <memory>
#include <string>

#include "runtime/net/file_appender.h"
#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::proxy {

/// One JSON line a call, appended to a file. Never holds up the loop: what the disk cannot take in
/// time is dropped, counted, and told once.
class AccessLog {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AccessLog>, net::UvError> open(
      net::Loop& loop, const std::string& path);

  void on_call(const telemetry::CallRecord& call) noexcept;
  [[nodiscard]] std::uint64_t dropped_lines() const noexcept { return file_->dropped_lines(); }

 private:
  explicit AccessLog(std::unique_ptr<net::FileAppender> file) : file_(std::move(file)) {}

  std::unique_ptr<net::FileAppender> file_;
  bool told_loss_ = false;
};

/// Hands each call to the counters and, where there is one, to the access log.
class CallFanOut final : public telemetry::CallSink {
 public:
  /// `log` may be null.
  CallFanOut(telemetry::Shard& shard, AccessLog* log) noexcept : shard_(shard), log_(log) {}

  void on_call(const telemetry::CallRecord& call) noexcept override {
    shard_.on_call(call);
    if (log_ != nullptr) log_->on_call(call);
  }
  void on_active_calls(int change) noexcept override { shard_.on_active_calls(change); }

 private:
  telemetry::Shard& shard_;
  AccessLog* log_;
};

}  // namespace meshctl::proxy
