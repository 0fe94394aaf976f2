#pragma once

#include <array>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/dashboard/board.h"
#include "runtime/dashboard/database.h"

namespace meshctl::dashboard {

/// How finely the past is kept: slots of `millis` for `kept`.
struct Level {
  Millis millis;
  Millis kept;
};

/// The data file: what each proxy pushed last, and what happened when. SQLite in WAL mode; what was
/// committed survives the end of the process at any moment (sqlite.org/wal.html). Any thread; one
/// waits for the other.
class History {
 public:
  /// Opens `path`, or makes it. The failure is in words for the operator: no such directory, not a
  /// database, of a newer meshctl, held by another dashboard.
  [[nodiscard]] static Result<std::unique_ptr<History>, std::string> open(const std::string& path,
                                                                          Millis retention);
  ~History();
  History(const History&) = delete;
  History& operator=(const History&) = delete;

  /// Every proxy that is remembered.
  [[nodiscard]] Result<void, std::string> load(
      const std::function<void(Push push, Millis received)>& each);
  /// Stores changes, all or none: they are there when this returns.
  [[nodiscard]] Result<void, std::string> save(const Board::Changes& changes);
  /// Makes coarse slots of fine ones that are complete at `now`, and deletes what is too old at
  /// `age_now` (AgeClock). To be called every few seconds; goes on where it was when the process
  /// ended.
  [[nodiscard]] Result<void, std::string> roll_up(Millis now, Millis age_now);

  struct TimedSlot {
    Millis at;  ///< its begin
    Slot slot;
  };
  struct Excerpt {
    Millis step = 0;
    /// By rising time, also where nothing was called; where there is none, no proxy was heard of.
    std::vector<TimedSlot> slots;
  };
  /// What happened to `subject` in [from, to): in the finest slots that still are there at `now`
  /// for all of it, and of which there are at most kMostSlots.
  [[nodiscard]] Result<Excerpt, std::string> read(const Subject& subject, Millis from, Millis to,
                                                  Millis now);

  static constexpr std::size_t kLevels = 3;
  static constexpr std::size_t kMostSlots = 1500;
  /// What comes beyond them has no history, until names of which no slot is left are dropped.
  /// Chosen: 10,000 routes, and 2,000 pods that are rolled out anew each half an hour of a day.
  static constexpr std::size_t kMostSubjects = 100'000;
  /// Of the file; a newer one is refused. Raised by each change that an older meshctl misreads.
  static constexpr int kFormat = 1;

 private:
  History(Database database, Millis retention);
  [[nodiscard]] Result<void, std::string> prepare();
  /// The file is ours alone from then on.
  [[nodiscard]] Result<void, std::string> take_file();
  /// Of a format that we know, or new.
  [[nodiscard]] Result<void, std::string> check_is_ours();
  /// Ends at the first row that `use` fails with.
  [[nodiscard]] Result<void, std::string> each_row(
      const char* sql, const std::function<Result<void, std::string>(const Statement& row)>& use);
  [[nodiscard]] Result<void, std::string> load_ids();
  [[nodiscard]] Result<void, std::string> put(const Board::Changes& changes);
  /// Null: there are kMostSubjects already.
  [[nodiscard]] Result<std::optional<std::int64_t>, std::string> id_of(const Subject& subject,
                                                                       Millis at);
  [[nodiscard]] Result<void, std::string> write(std::size_t level, std::int64_t id, Millis at,
                                                const Slot& slot);
  using OnStored = std::function<Result<void, std::string>(Millis at, std::string_view bytes)>;
  /// Calls `each` with what is stored of one subject in [from, to), by rising time; ends at the
  /// first failure.
  [[nodiscard]] Result<void, std::string> read_level(std::size_t level, std::int64_t id,
                                                     Millis from, Millis to, const OnStored& each);
  /// The same over `level` and, where that is not made yet, the finer ones.
  [[nodiscard]] Result<void, std::string> read_levels(std::size_t level, const Subject& subject,
                                                      Millis from, Millis to, const OnStored& each);
  /// What is stored of a shared slot that is not ours.
  [[nodiscard]] Result<Slot, std::string> stored_before(std::int64_t id, std::int64_t number);
  /// When the first slot of `level` begins that does not before `from`; `none` where there is none.
  [[nodiscard]] Result<Millis, std::string> first_since(std::size_t level, Millis from,
                                                        Millis none);
  [[nodiscard]] Result<void, std::string> roll_up_level(std::size_t level, Millis now);
  /// Makes the slots of `level` in [begin, end) of those of the level below.
  [[nodiscard]] Result<void, std::string> make_coarse(std::size_t level, Millis begin, Millis end);
  [[nodiscard]] Result<void, std::string> drop_old(Millis age_now);
  [[nodiscard]] Result<void, std::string> within_transaction(
      const std::function<Result<void, std::string>()>& work);

  struct Known {
    std::int64_t id = 0;
    Millis seen = 0;  ///< its last slot is not younger than an hour more
  };

  std::mutex mutex_;  ///< for all below
  Database database_;
  std::array<Level, kLevels> levels_;
  /// Up to when each level is complete; the finest always is.
  std::array<Millis, kLevels> complete_{};
  std::map<Subject, Known> ids_;
  /// The newest slot that is stored.
  std::int64_t newest_ = -1;
  /// Slots up to this one may hold what was stored before we began, or before the clock was put
  /// back: ours is added to that.
  std::int64_t shared_until_ = -1;
  std::map<std::pair<std::int64_t, std::int64_t>, Slot> stored_before_;  ///< by slot and subject
  Statement put_slot_, get_slot_, get_all_, get_first_, drop_slots_, put_subject_, see_subject_,
      drop_subjects_, put_instance_, drop_instance_, put_complete_;
};

}  // namespace meshctl::dashboard
