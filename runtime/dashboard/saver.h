#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "runtime/dashboard/board.h"
#include "runtime/dashboard/history.h"
#include "runtime/net/background.h"

namespace meshctl::dashboard {

/// Stores what changed on a thread of libuv's pool, so that a slow disk holds up neither pushes nor
/// the page. What could not be stored is tried again.
class Saver {
 public:
  /// Called on the loop's thread after each attempt: why it failed, empty where it did not.
  using OnSaved = std::function<void(std::string trouble)>;

  Saver(net::Loop& loop, Board& board, std::shared_ptr<History> history, OnSaved on_saved);
  Saver(const Saver&) = delete;
  Saver& operator=(const Saver&) = delete;

  /// The times of History::roll_up().
  struct RollUp {
    Millis now;
    Millis age_now;
  };
  /// Begins to store what changed, and to make coarse slots if told so; to be called each second.
  /// Does nothing for a while after an attempt failed, or while the last one is under way; one that
  /// takes longer than kMostSeconds is told as a failure.
  void save(std::optional<RollUp> roll_up);
  /// The same, done when it returns.
  void save_now();

  /// Chosen: each attempt takes along all that changed in the last minute.
  static constexpr unsigned kPauseSeconds = 5;
  /// Chosen: a disk that takes longer for a second's figures will not keep up.
  static constexpr unsigned kMostSeconds = 20;

 private:
  struct Queue;

  void on_done(std::string trouble) noexcept;

  Board& board_;
  std::shared_ptr<Queue> queue_;
  OnSaved on_saved_;
  net::Background background_;
  unsigned pause_ = 0;
  unsigned busy_seconds_ = 0;
};

}  // namespace meshctl::dashboard
