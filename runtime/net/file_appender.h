#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/net/line_turns.h"
#include "runtime/net/loop.h"
#include "runtime/net/timer.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Hears how writing goes, on the loop's thread.
class FileWatcher {
 public:
  /// Writes begin to fail. UV_ETIMEDOUT: a flush found no reader.
  virtual void on_failing(UvError error) noexcept = 0;
  /// A write was successful after those that failed.
  virtual void on_written_again() noexcept = 0;
  /// Some lines were dropped.
  virtual void on_dropped() noexcept = 0;

 protected:
  ~FileWatcher() = default;
};

/// Appends lines to a file from a worker thread, so that a slow disk never holds up the loop. What
/// the disk cannot take in time is dropped and counted, not kept: memory is bounded. After a write
/// that failed lines are dropped for kRetryTime, then the next ones are tried again.
class FileAppender {
 public:
  /// What appenders to the same file share, each on a loop of its own.
  using Turns = std::shared_ptr<LineTurns>;

  /// Creates the file, or goes on at its end.
  [[nodiscard]] static Result<std::unique_ptr<FileAppender>, UvError> open(
      Loop& loop, const std::string& path, Turns turns = std::make_shared<LineTurns>());
  /// The same over a descriptor that stays the caller's, such as standard output.
  [[nodiscard]] static std::unique_ptr<FileAppender> over(
      Loop& loop, int descriptor, Turns turns = std::make_shared<LineTurns>());
  /// Flushes.
  ~FileAppender();
  FileAppender(const FileAppender&) = delete;
  FileAppender& operator=(const FileAppender&) = delete;

  /// `watcher` must outlive the appender.
  void tell(FileWatcher& watcher) noexcept { watcher_ = &watcher; }

  /// Where the next line goes; null when the queue is full, or a write has just failed, which
  /// counts as one dropped line. The caller appends to it and calls submit().
  [[nodiscard]] std::string* line_buffer() noexcept;
  /// Hands on what line_buffer() was given. Must follow each non-null line_buffer(). It is written
  /// after kGatherTime at most: a write a line would cost more than the line.
  void submit() noexcept;

  /// Goes on in a file that is newly opened at `path`, for the old one was renamed: what is being
  /// written goes to the old file still, all later lines to the new one, whatever failed before. On
  /// failure nothing changes.
  [[nodiscard]] Result<void, UvError> reopen(const std::string& path);

  /// Waits until all that is queued is written, or a write failed: a reader that does not take it
  /// in `longest` counts as gone. What failed before is tried again.
  void flush(Duration longest = kLongestFlush) noexcept;
  /// Flushes for the last time: what is not written by then counts as dropped.
  void finish(Duration longest = kLongestFlush) noexcept;

  /// Queues `text` whole, to be written as soon as it can be, or drops it and counts one line.
  void append(std::string_view text) noexcept;

  /// Lines that found no room, or that a failed write lost. Any thread.
  [[nodiscard]] std::uint64_t dropped_lines() const noexcept {
    return dropped_lines_.load(std::memory_order_relaxed);
  }
  /// The last write failed (disk full, reader gone).
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }

  /// A flush ended without its reader having taken all.
  [[nodiscard]] bool gave_up() const noexcept { return turns_->has_given_up(); }

  /// Chosen: some 20,000 lines; a disk that is further behind than that is not coming back soon.
  static constexpr std::size_t kQueueBytes = 4 * 1024 * 1024;
  /// Chosen: no one who follows a log sees the delay.
  static constexpr Duration kGatherTime = std::chrono::milliseconds(50);
  /// Chosen: soon enough for who has made room, and no work for the machine.
  static constexpr Duration kRetryTime = std::chrono::seconds(1);
  /// Chosen: who reads at all reads something in this time.
  static constexpr Duration kLongestFlush = std::chrono::seconds(2);
  /// Measured: with 64 KiB a line costs the pool a third more, with larger ones no less.
  static constexpr std::size_t kGatherBytes = 256 * 1024;

 private:
  struct Batch;

  FileAppender(Loop& loop, int file, LineTurns::Sharing sharing, Turns turns);
  void drop_lines(std::uint64_t lines) noexcept;
  void on_timer() noexcept;
  void wait(Duration time) noexcept;
  void write_batch() noexcept;
  void on_written(Batch& batch) noexcept;
  void on_failure(UvError error, std::uint64_t lost_lines) noexcept;
  void keep(std::string written) noexcept;

  Loop& loop_;
  int file_;
  LineTurns::Sharing sharing_;  ///< Ours: we close it
  Turns turns_;
  FileWatcher* watcher_ = nullptr;
  bool has_failed_ = false;
  bool is_closed_ = false;  ///< no line is taken: it has failed just now
  std::string queued_;
  /// The memory of the batch before, for the next one: fresh memory costs more than the lines.
  std::string spare_;
  /// The batch that is being written; it belongs to libuv until its callback.
  Batch* writing_ = nullptr;
  std::atomic<std::uint64_t> dropped_lines_{0};
  Timer timer_;
  bool is_waiting_ = false;  ///< for the timer
};

}  // namespace meshctl::net
