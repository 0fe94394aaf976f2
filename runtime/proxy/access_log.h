#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "runtime/net/file_appender.h"
#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/shard.h"

namespace meshctl::proxy {

/// Which calls get a line, where, and in which form.
struct AccessLogConfig {
  enum class Form : std::uint8_t { Json, Text };

  std::string path;  ///< a file to append to, `-` for standard output; empty: no log
  Form form = Form::Json;
  /// The share of calls that are logged, of 2^64; errors are logged beside it. The largest: all.
  std::uint64_t sample = kAll;
  bool only_errors = false;

  static constexpr std::uint64_t kAll = UINT64_MAX;
};

/// Picks a share of what comes by, evenly spread, the same on each run: the fractions of n times
/// the golden ratio (Weyl's sequence) fill an interval evenly, and fall in step with no period that
/// the calls may have.
class SpreadSample {
 public:
  /// `share` of 2^64; the largest picks all.
  explicit SpreadSample(std::uint64_t share) noexcept : share_(share) {}
  [[nodiscard]] bool take() noexcept {
    place_ += 0x9E3779B97F4A7C15U;  // 2^64 divided by the golden ratio
    return share_ == AccessLogConfig::kAll || place_ < share_;
  }

 private:
  std::uint64_t share_;
  std::uint64_t place_ = 0;
};

/// What the logs of all threads share.
struct AccessLogCommons {
  net::FileAppender::Turns turns = std::make_shared<net::LineTurns>();
  std::atomic<bool> told_failure{false};
  std::atomic<bool> told_slowness{false};
};

/// One line a call, and one for what a call turned to, appended to a file. Each thread has its own,
/// over the same file. Never holds up the loop: what the disk cannot take in time is dropped and
/// counted; that it is lost is told once, and so is that it is lost no more. On the loop's thread,
/// but for what says otherwise.
class AccessLog final : private net::FileWatcher {
 public:
  /// `config` and `commons` must outlive the log.
  [[nodiscard]] static Result<std::unique_ptr<AccessLog>, net::UvError> open(
      net::Loop& loop, const AccessLogConfig& config, AccessLogCommons& commons);

  void on_call(const telemetry::CallRecord& call, std::string_view route) noexcept;
  void on_stream(const telemetry::StreamRecord& stream, std::string_view route) noexcept;
  /// The file was renamed: goes on in a new one of its name. Says so where that fails, and goes on
  /// in the old one. Standard output stays what it is.
  void reopen() noexcept;
  /// Writes what there is for the last time: dropped_lines() is final then.
  void finish(Duration longest) noexcept { file_->finish(longest); }
  /// Any thread.
  [[nodiscard]] std::uint64_t dropped_lines() const noexcept { return file_->dropped_lines(); }

 private:
  AccessLog(std::unique_ptr<net::FileAppender> file, const AccessLogConfig& config,
            AccessLogCommons& commons);
  void on_failing(net::UvError error) noexcept override;
  void on_written_again() noexcept override;
  void on_dropped() noexcept override;
  /// Whether something gets a line; to be asked once for each.
  [[nodiscard]] bool picks(bool is_error) noexcept;

  std::unique_ptr<net::FileAppender> file_;
  const AccessLogConfig& config_;
  AccessLogCommons& commons_;
  SpreadSample sample_;
};

/// Hands each call to the counters and, where there is one, to the access log.
class CallFanOut final : public telemetry::CallSink {
 public:
  /// `log` may be null.
  CallFanOut(telemetry::Shard& shard, AccessLog* log) noexcept : shard_(shard), log_(log) {}

  void on_call(const telemetry::CallRecord& call) noexcept override {
    shard_.on_call(call);
    if (log_ != nullptr) log_->on_call(call, shard_.last_route());
  }
  void on_active_calls(int change) noexcept override { shard_.on_active_calls(change); }
  void on_stream(const telemetry::StreamRecord& stream) noexcept override {
    shard_.on_stream(stream);
    if (log_ != nullptr) log_->on_stream(stream, shard_.last_route());
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
