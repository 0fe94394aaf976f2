#include "cli/progress_line.h"

#include <fmt/format.h>

#include <chrono>

#include "cli/error_line.h"
#include "cli/held_signals.h"

namespace meshctl::cli {
namespace {

/// chosen: what is done sooner needs no explanation.
constexpr std::chrono::milliseconds kQuietFor{300};
constexpr std::chrono::milliseconds kRepaintEvery{100};

constexpr std::string_view kErase = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine(bool is_shown) {
  if (!is_shown) return;
  const HeldSignals signals;  // the thread inherits this, so signals come to the one that works
  painter_ = std::thread([this] { paint_until_end(); });
}

void ProgressLine::begin(std::string verb, std::size_t files) {
  const std::lock_guard lock(mutex_);
  verb_ = std::move(verb);
  files_ = files;
  done_ = 0;
}

void ProgressLine::advance() {
  const std::lock_guard lock(mutex_);
  ++done_;
}

void ProgressLine::end() {
  if (!painter_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    has_ended_ = true;
  }
  ended_.notify_one();
  painter_.join();
}

void ProgressLine::paint_until_end() {
  std::unique_lock lock(mutex_);
  const auto is_over = [this] { return has_ended_; };
  if (ended_.wait_for(lock, kQuietFor, is_over)) return;
  do {
    write_error(fmt::format("{}{}", kErase, line()));
  } while (!ended_.wait_for(lock, kRepaintEvery, is_over));
  write_error(kErase);
}

std::string ProgressLine::line() const {
  const std::string_view noun = files_ == 1 ? "file" : "files";
  if (done_ == 0) return fmt::format("meshctl: {} {} {}", verb_, files_, noun);
  return fmt::format("meshctl: {} {} of {} {}", verb_, done_, files_, noun);
}

}  // namespace meshctl::cli
