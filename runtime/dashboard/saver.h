#pragma once

#include <cstdint>
#include <functional>
#include <memory>
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

  /// Begins to store what changed, and with `rolls_up` to make coarse slots; to be called each
  /// second. Does nothing while the last attempt is under way, or for a while after it failed.
  void save(Millis now, bool rolls_up);
  /// The same, done when it returns.
  void save_now();

  /// Chosen: each attempt takes along all that changed in the last minute.
  static constexpr unsigned kPauseSeconds = 5;

 private:
  struct Queue;

  void on_done(std::string trouble) noexcept;

  Board& board_;
  std::shared_ptr<Queue> queue_;
  OnSaved on_saved_;
  net::Background background_;
  unsigned pause_ = 0;
};

}  // namespace meshctl::dashboard
