#pragma once

#include <memory>
#include <string>

#include "runtime/net/file_appender.h"
#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::proxy {

/// One JSON line a call, and one for what a call turned to, appended to a file. Never holds up the
/// loop: what the disk cannot take in time is dropped, counted, and told once.
class AccessLog {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AccessLog>, net::UvError> open(
      net::Loop& loop, const std::string& path);

  void on_call(const telemetry::CallRecord& call) noexcept;
  void on_stream(const telemetry::StreamRecord& stream) noexcept;
  [[nodiscard]] std::uint64_t dropped_lines() const noexcept { return file_->dropped_lines(); }

 private:
  explicit AccessLog(std::unique_ptr<net::FileAppender> file) : file_(std::move(file)) {}
  /// Null where there is no room.
  [[nodiscard]] std::string* next_line() noexcept;

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
  void on_stream(const telemetry::StreamRecord& stream) noexcept override {
    shard_.on_stream(stream);
    if (log_ != nullptr) log_->on_stream(stream);
  }
  void on_active_streams(telemetry::StreamKind kind, int change) noexcept override {
    shard_.on_active_streams(kind, change);
  }
  void on_messages(telemetry::MessageProtocol protocol, telemetry::Flow flow,
                   std::uint64_t messages, std::uint64_t bytes) noexcept override {
    shard_.on_messages(protocol, flow, messages, bytes);
  }

 private:
  telemetry::Shard& shard_;
  AccessLog* log_;
};

}  // namespace meshctl::proxy
