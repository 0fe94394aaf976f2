#include "runtime/dashboard/saver.h"

#include <fmt/format.h>

#include <deque>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

namespace meshctl::dashboard {

/// What is to be stored, in the order of its changes: the thread of the pool and save_now() may
/// come at the same time, and the newer state must be the last that is written.
struct Saver::Queue {
  explicit Queue(std::shared_ptr<History> store) : history(std::move(store)) {}

  /// Stores all that waits; why it failed, empty where it did not.
  std::string drain() {
    const std::lock_guard lock(mutex);
    std::string trouble;
    if (waiting.empty()) waiting.emplace_back();  // looks whether the file is there all the same
    for (auto& changes : std::exchange(waiting, {})) {
      if (trouble.empty()) {
        auto saved = history->save(changes);
        if (saved) continue;
        trouble = std::move(saved.error());
      }
      failed.push_back(std::move(changes));
    }
    const auto times = std::exchange(roll_up_at, std::nullopt);
    if (!trouble.empty()) return trouble;
    if (times) {
      auto rolled = history->roll_up(times->now, times->age_now);
      roll_up_trouble = rolled ? std::string() : std::move(rolled.error());
    }
    // It stands until the next one: a failure that comes and goes would be told each time.
    return roll_up_trouble;
  }

  void add(Board::Changes changes) {
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(changes));
  }
  std::vector<Board::Changes> take_failed() {
    const std::lock_guard lock(mutex);
    return std::exchange(failed, {});
  }

  std::shared_ptr<History> history;
  std::mutex mutex;  ///< for all below, while it is stored too
  std::deque<Board::Changes> waiting;
  std::vector<Board::Changes> failed;
  std::optional<RollUp> roll_up_at;
  std::string roll_up_trouble;  ///< of the last one
};

Saver::Saver(net::Loop& loop, Board& board, std::shared_ptr<History> history, OnSaved on_saved)
    : board_(board),
      queue_(std::make_shared<Queue>(std::move(history))),
      on_saved_(std::move(on_saved)),
      background_(loop, this, [](void* self, std::string trouble) noexcept {
        static_cast<Saver*>(self)->on_done(std::move(trouble));
      }) {}

void Saver::save(std::optional<RollUp> roll_up) {
  if (background_.is_busy()) {
    if (++busy_seconds_ == kMostSeconds)
      on_saved_(fmt::format("it has been at it for {} s", kMostSeconds));
    return;
  }
  busy_seconds_ = 0;
  if (pause_ != 0) {
    --pause_;
    return;
  }
  queue_->add(board_.changes());
  if (roll_up) queue_->roll_up_at = roll_up;  // nobody else is at it: not busy
  // Fails only out of memory; what waits goes with the next attempt.
  static_cast<void>(background_.start([queue = queue_] { return queue->drain(); }));
}

void Saver::save_now() {
  queue_->add(board_.changes());
  on_done(queue_->drain());
}

void Saver::on_done(std::string trouble) noexcept {
  for (const auto& changes : queue_->take_failed()) board_.not_stored(changes);
  pause_ = trouble.empty() ? 0 : kPauseSeconds;
  on_saved_(std::move(trouble));
}

}  // namespace meshctl::dashboard
