#pragma once

#include <condition_variable>
#include <cstddef>
#include <mutex>
#include <string>
#include <thread>

namespace meshctl::cli {

/// One line on standard error that says how far a long task is: `reading 12 of 500 files`. It comes
/// after 0.3 s, is repainted in place, and is erased at the end. Painting has its own thread, for
/// the work does not come back to us meanwhile.
class ProgressLine {
 public:
  /// Shows nothing at all unless `is_shown`.
  explicit ProgressLine(bool is_shown);
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { end(); }

  /// A new part of the task, such as `reading`, on `files` files.
  void begin(std::string verb, std::size_t files);
  /// One file more is done. A part that never says so shows the number of all files only.
  void advance();
  /// Erases the line. Nothing is shown from now on.
  void end();

 private:
  void paint_until_end();
  std::string line() const;

  std::mutex mutex_;
  std::condition_variable ended_;
  bool has_ended_ = false;
  std::string verb_;
  std::size_t files_ = 0;
  std::size_t done_ = 0;
  std::thread painter_;
};

}  // namespace meshctl::cli
