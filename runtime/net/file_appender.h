#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "runtime/net/loop.h"
#include "runtime/net/timer.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Appends lines to a file from a worker thread, so that a slow disk never holds up the loop. What
/// the disk cannot take in time is dropped and counted, not kept: memory is bounded.
class FileAppender {
 public:
  /// Held during each write by all appenders that share it, so that the lines of one never stand
  /// inside those of another, whatever the file is. Null: this appender is the only one.
  using Turns = std::shared_ptr<std::mutex>;

  /// Creates the file, or goes on at its end.
  [[nodiscard]] static Result<std::unique_ptr<FileAppender>, UvError> open(Loop& loop,
                                                                           const std::string& path,
                                                                           Turns turns = nullptr);
  /// The same over a descriptor that stays the caller's, such as standard output.
  [[nodiscard]] static std::unique_ptr<FileAppender> over(Loop& loop, int descriptor,
                                                          Turns turns = nullptr);
  /// Flushes.
  ~FileAppender();
  FileAppender(const FileAppender&) = delete;
  FileAppender& operator=(const FileAppender&) = delete;

  /// Where the next line goes; null when the queue is full, which counts as one dropped line. The
  /// caller appends to it and calls submit().
  [[nodiscard]] std::string* line_buffer() noexcept;
  /// Hands on what line_buffer() was given. Must follow each non-null line_buffer(). It is written
  /// after kGatherTime at most: a write a line would cost more than the line.
  void submit() noexcept;

  /// Goes on in a file that is newly opened at `path`, for the old one was renamed: what is being
  /// written goes to the old file still, all later lines to the new one. A write that failed before
  /// is forgotten. On failure nothing changes.
  [[nodiscard]] Result<void, UvError> reopen(const std::string& path);

  /// Waits until all that is queued is written, or a write failed: a reader that takes nothing for
  /// kLongestFlush counts as gone.
  void flush() noexcept;

  /// Queues `text` whole, to be written as soon as it can be, or drops it and counts one line.
  void append(std::string_view text) noexcept;

  /// Lines that found no room, or that a failed write lost. Any thread.
  [[nodiscard]] std::uint64_t dropped_lines() const noexcept {
    return dropped_lines_.load(std::memory_order_relaxed);
  }
  /// A write failed (disk full, reader gone): nothing more is written from then on.
  [[nodiscard]] bool has_failed() const noexcept { return failed_; }

  /// A flush ended without its reader having taken all.
  [[nodiscard]] bool gave_up() const noexcept { return gives_up_; }

  /// Chosen: some 20,000 lines; a disk that is further behind than that is not coming back soon.
  static constexpr std::size_t kQueueBytes = 4 * 1024 * 1024;
  /// Chosen: no one who follows a log sees the delay.
  static constexpr Duration kGatherTime = std::chrono::milliseconds(50);
  /// Chosen: who reads at all reads something in this time.
  static constexpr Duration kLongestFlush = std::chrono::seconds(2);
  /// Measured: with 64 KiB a line costs the pool a third more, with larger ones no less.
  static constexpr std::size_t kGatherBytes = 256 * 1024;

 private:
  struct Batch;

  FileAppender(Loop& loop, int file, bool owns_file, Turns turns);
  void give_up() noexcept;
  void drop_lines(std::uint64_t lines) noexcept;
  void write_batch() noexcept;
  void keep(std::string written) noexcept;

  Loop& loop_;
  int file_;
  bool owns_file_;
  Turns turns_;
  bool failed_ = false;
  std::string queued_;
  /// The memory of the batch before, for the next one: fresh memory costs more than the lines.
  std::string spare_;
  /// The batch that is being written; it belongs to libuv until its callback.
  Batch* writing_ = nullptr;
  std::atomic<bool> gives_up_{false};  ///< read by the pool
  std::atomic<std::uint64_t> dropped_lines_{0};
  Timer gathering_;
  bool is_gathering_ = false;
};

}  // namespace meshctl::net
