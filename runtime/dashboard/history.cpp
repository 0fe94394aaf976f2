#include "runtime/dashboard/history.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "runtime/dashboard/packing.h"

namespace meshctl::dashboard {
namespace {

constexpr Millis kSecond = 1000;
constexpr Millis kMinute = 60 * kSecond;

constexpr Millis kHour = 60 * kMinute;
/// Coarse slots that one call makes: after a day without us there are many, and who reads waits.
constexpr Millis kMostMade = 30;

/// Slots are in the order of time: those of a second are written, rolled up and deleted together.
constexpr const char* kSchema = R"(
CREATE TABLE IF NOT EXISTS subject(
  id INTEGER PRIMARY KEY, namespace TEXT NOT NULL, service TEXT NOT NULL, pod TEXT NOT NULL,
  route TEXT NOT NULL, seen INTEGER NOT NULL, UNIQUE(namespace, service, pod, route));
CREATE TABLE IF NOT EXISTS slot(
  level INTEGER NOT NULL, at INTEGER NOT NULL, subject INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(level, at, subject)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS instance(
  name TEXT PRIMARY KEY, received INTEGER NOT NULL, push BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS complete(level INTEGER PRIMARY KEY, until INTEGER NOT NULL);
)";

/// SQLite's number for the program that a file belongs to: `mesh` in ASCII.
constexpr std::int64_t kApplication = 0x6D657368;
constexpr std::string_view kNotOurs = "it is no data file of meshctl";

Millis floor_to(Millis time, Millis step) {
  return time - time % step;
}

/// Adds a slot as the file holds it to `into`, of which it is a later part.
Result<void, std::string> merge_stored(std::string_view bytes, Slot& into) {
  const auto slot = unpack_slot(bytes);
  if (!slot) return fail(std::string("the data file is damaged: a slot cannot be read"));
  into.merge(*slot, true);
  return {};
}

}  // namespace

History::History(Database database, Millis retention)
    : database_(std::move(database)),
      levels_{Level{Board::kSlotMillis, 16 * kMinute}, Level{10 * kSecond, 121 * kMinute},
              Level{kMinute, retention}} {}

History::~History() = default;

Result<std::unique_ptr<History>, std::string> History::open(const std::string& path,
                                                            Millis retention) {
  auto database = Database::open(path);
  if (!database) return fail(std::move(database.error()));
  std::unique_ptr<History> history(new History(std::move(*database), retention));
  if (auto ready = history->prepare(); !ready) return fail(std::move(ready.error()));
  return history;
}

Result<void, std::string> History::check_is_ours() {
  const auto objects = database_.number("SELECT count(*) FROM sqlite_master");
  const auto application = database_.number("PRAGMA application_id");
  const auto format = database_.number("PRAGMA user_version");
  for (const auto& each : {objects, application, format}) {
    if (!each) return fail(each.error());
  }
  const bool is_new = *objects == 0 && *application == 0 && *format == 0;
  if (!is_new && *application != kApplication) return fail(std::string(kNotOurs));
  if (*format > kFormat)
    return fail(fmt::format("it was written by a newer meshctl (format {}, this one knows {})",
                            *format, kFormat));
  return {};
}

Result<void, std::string> History::take_file() {
  // EXCLUSIVE: a second dashboard on the same file would count everything twice. In this mode the
  // WAL needs no shared memory either (sqlite.org/wal.html, 8).
  auto done = database_.run("PRAGMA locking_mode=EXCLUSIVE");
  // Before anything is written: it may be another program's.
  if (done) done = check_is_ours();
  for (const auto& sql :
       {std::string("PRAGMA journal_mode=WAL"), std::string("PRAGMA synchronous=NORMAL"),
        std::string("BEGIN IMMEDIATE"), std::string(kSchema),
        fmt::format("PRAGMA application_id={}", kApplication),
        fmt::format("PRAGMA user_version={}", kFormat), std::string("COMMIT")}) {
    if (done) done = database_.run(sql);
  }
  if (done) return done;
  if (database_.is_busy()) return fail(std::string("another dashboard has it open"));
  if (database_.is_no_database()) return fail(std::string(kNotOurs));
  return done;
}

Result<void, std::string> History::prepare() {
  if (auto taken = take_file(); !taken) return taken;
  const std::pair<Statement*, const char*> statements[] = {
      {&put_slot_, "INSERT OR REPLACE INTO slot(level, subject, at, data) VALUES(?, ?, ?, ?)"},
      {&get_slot_, "SELECT data FROM slot WHERE level = ? AND at = ? AND subject = ?"},
      {&get_all_,
       "SELECT at, subject, data FROM slot WHERE level = ? AND at >= ? AND at < ? ORDER BY at"},
      {&get_first_, "SELECT at FROM slot WHERE level = ? AND at >= ? ORDER BY at LIMIT 1"},
      {&drop_slots_, "DELETE FROM slot WHERE level = ? AND at < ?"},
      {&put_subject_,
       "INSERT INTO subject(namespace, service, pod, route, seen) VALUES(?, ?, ?, ?, ?)"},
      {&see_subject_, "UPDATE subject SET seen = ? WHERE id = ?"},
      {&drop_subjects_, "DELETE FROM subject WHERE seen < ?"},
      {&put_instance_, "INSERT OR REPLACE INTO instance(name, received, push) VALUES(?, ?, ?)"},
      {&drop_instance_, "DELETE FROM instance WHERE name = ?"},
      {&put_complete_, "INSERT OR REPLACE INTO complete(level, until) VALUES(?, ?)"},
  };
  for (const auto& [place, sql] : statements) {
    auto statement = database_.compile(sql);
    if (!statement) return fail(std::move(statement.error()));
    *place = std::move(*statement);
  }

  if (auto loaded = load_ids(); !loaded) return loaded;
  const auto newest = each_row("SELECT at FROM slot WHERE level = 0 ORDER BY at DESC LIMIT 1",
                               [this](const Statement& row) {
                                 newest_ = shared_until_ = row.number(0) / Board::kSlotMillis;
                                 return Result<void, std::string>{};
                               });
  if (!newest) return newest;
  return each_row("SELECT level, until FROM complete", [this](const Statement& row) {
    const auto level = static_cast<std::size_t>(row.number(0));
    if (level < kLevels) complete_[level] = row.number(1);
    return Result<void, std::string>{};
  });
}

Result<void, std::string> History::each_row(
    const char* sql, const std::function<Result<void, std::string>(const Statement& row)>& use) {
  auto statement = database_.compile(sql);
  if (!statement) return fail(std::move(statement.error()));
  while (true) {
    const auto has_row = statement->next();
    if (!has_row) return fail(has_row.error());
    if (!*has_row) return {};
    if (auto used = use(*statement); !used) return used;
  }
}

Result<void, std::string> History::load_ids() {
  ids_.clear();
  return each_row("SELECT id, namespace, service, pod, route, seen FROM subject",
                  [this](const Statement& row) {
                    const auto text = [&](int column) { return std::string(row.bytes(column)); };
                    ids_[{text(1), text(2), text(3), text(4)}] = {row.number(0), row.number(5)};
                    return Result<void, std::string>{};
                  });
}

Result<void, std::string> History::load(
    const std::function<void(Push push, Millis received)>& each) {
  const std::lock_guard lock(mutex_);
  return each_row("SELECT received, push FROM instance",
                  [&](const Statement& row) -> Result<void, std::string> {
                    auto push = unpack_push(row.bytes(1));
                    if (!push)
                      return fail(std::string("it is damaged: what a proxy pushed cannot be read"));
                    each(std::move(*push), row.number(0));
                    return {};
                  });
}

Result<void, std::string> History::within_transaction(
    const std::function<Result<void, std::string>()>& work) {
  if (auto begun = database_.run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = work();
  if (done) done = database_.run("COMMIT");
  // After some failures SQLite has rolled back by itself, and says so once more.
  if (!done) static_cast<void>(database_.run("ROLLBACK"));
  // Ids that were given within it are not in the file.
  if (!done) static_cast<void>(load_ids());
  return done;
}

Result<std::optional<std::int64_t>, std::string> History::id_of(const Subject& subject, Millis at) {
  if (const auto known = ids_.find(subject); known != ids_.end()) {
    auto& [id, seen] = known->second;
    if (at - seen < kHour) return id;
    see_subject_.bind(at, id);
    if (auto done = see_subject_.run(); !done) return fail(std::move(done.error()));
    seen = at;
    return id;
  }
  if (ids_.size() >= kMostSubjects) return std::nullopt;
  put_subject_.bind(subject.name_space, subject.service, subject.pod, subject.route, at);
  if (auto done = put_subject_.run(); !done) return fail(std::move(done.error()));
  const auto id = database_.last_id();
  ids_[subject] = {id, at};
  return id;
}

Result<void, std::string> History::write(std::size_t level, std::int64_t id, Millis at,
                                         const Slot& slot) {
  const auto bytes = pack(slot);
  put_slot_.bind(static_cast<std::int64_t>(level), id, at, Blob{bytes});
  return put_slot_.run();
}

Result<Slot, std::string> History::stored_before(std::int64_t id, std::int64_t number) {
  const auto known = stored_before_.find({number, id});
  if (known != stored_before_.end()) return known->second;
  Slot before;
  const auto at = number * Board::kSlotMillis;
  const auto done = read_level(0, id, at, at + 1, [&](Millis, std::string_view bytes) {
    return merge_stored(bytes, before);
  });
  if (!done) return fail(done.error());
  return stored_before_[{number, id}] = std::move(before);
}

Result<void, std::string> History::save(const Board::Changes& changes) {
  const std::lock_guard lock(mutex_);
  // SQLite would go on writing into a file that nobody finds again.
  if (database_.has_vanished())
    return fail(
        std::string("it was moved or deleted; start the dashboard again to make a new one"));
  if (changes.is_empty()) return {};
  if (changes.begins_anew) {
    shared_until_ = std::max(shared_until_, newest_);
    stored_before_.clear();
  }
  auto done = within_transaction([&] { return put(changes); });
  if (!done || changes.slots.empty()) return done;
  const auto number =
      std::ranges::max(changes.slots, {}, &Board::Changes::SlotChange::number).number;
  newest_ = std::max(newest_, number);
  // A minute later a slot changes no more.
  constexpr auto kKept = 2 * static_cast<std::int64_t>(Minute::kSlots);
  stored_before_.erase(stored_before_.begin(), stored_before_.lower_bound({number - kKept, 0}));
  return done;
}

Result<void, std::string> History::put(const Board::Changes& changes) {
  for (const auto& instance : changes.instances) {
    put_instance_.bind(instance.last.instance, instance.received, Blob{instance.packed});
    if (auto done = put_instance_.run(); !done) return done;
  }
  for (const auto& change : changes.slots) {
    const auto at = change.number * Board::kSlotMillis;
    const auto id = id_of(change.subject, at);
    if (!id) return fail(id.error());
    if (!*id) continue;
    if (change.number > shared_until_) {
      if (auto done = write(0, **id, at, change.slot); !done) return done;
      continue;
    }
    auto before = stored_before(**id, change.number);
    if (!before) return fail(std::move(before.error()));
    before->merge(change.slot, true);
    if (auto done = write(0, **id, at, *before); !done) return done;
  }
  for (const auto& name : changes.forgotten) {
    drop_instance_.bind(name);
    if (auto done = drop_instance_.run(); !done) return done;
  }
  return {};
}

Result<void, std::string> History::read_level(std::size_t level, std::int64_t id, Millis from,
                                              Millis to, const OnStored& each) {
  const auto own = levels_[level].millis;
  // One look for each: in the order of the file the slots of all others are in between.
  for (Millis at = floor_to(from + own - 1, own); at < to; at += own) {
    get_slot_.bind(static_cast<std::int64_t>(level), at, id);
    const auto has_slot = get_slot_.next();
    if (!has_slot) return fail(has_slot.error());
    if (!*has_slot) continue;
    auto done = each(at, get_slot_.bytes(0));
    get_slot_.end();
    if (!done) return done;
  }
  return {};
}

Result<Millis, std::string> History::first_since(std::size_t level, Millis from, Millis none) {
  get_first_.bind(static_cast<std::int64_t>(level), from);
  const auto has_slot = get_first_.next();
  if (!has_slot) return fail(has_slot.error());
  const auto at = *has_slot ? get_first_.number(0) : none;
  get_first_.end();
  return at;
}

Result<void, std::string> History::make_coarse(std::size_t level, Millis begin, Millis end) {
  get_all_.bind(static_cast<std::int64_t>(level - 1), begin, end);
  std::map<std::int64_t, Slot> made;  // of `at`, by subject
  Millis at = begin;
  const auto flush = [&]() -> Result<void, std::string> {
    for (const auto& [id, slot] : std::exchange(made, {})) {
      if (auto done = write(level, id, at, slot); !done) return done;
    }
    return {};
  };
  while (true) {
    const auto has_slot = get_all_.next();
    if (!has_slot) return fail(has_slot.error());
    if (!*has_slot) return flush();
    const auto own = floor_to(get_all_.number(0), levels_[level].millis);
    auto done = own == at ? Result<void, std::string>{} : flush();
    at = own;
    if (done) done = merge_stored(get_all_.bytes(2), made[get_all_.number(1)]);
    if (done) continue;
    get_all_.end();
    return done;
  }
}

Result<void, std::string> History::roll_up_level(std::size_t level, Millis now) {
  const auto& coarse = levels_[level];
  // A slot is complete when nothing is added to it any more, at the level below either.
  const auto source_end = level == 1 ? floor_to(now, levels_[0].millis) : complete_[level - 1];
  auto end = floor_to(source_end, coarse.millis);
  // The clock was put back: without this nothing would be made or deleted until it is there again.
  complete_[level] = std::min(complete_[level], floor_to(now, coarse.millis));
  if (complete_[level] >= end) return {};
  // Where nothing is, nobody was here.
  const auto first = first_since(level - 1, complete_[level], end);
  if (!first) return fail(first.error());
  const auto begin = std::min(floor_to(*first, coarse.millis), end);
  end = std::min(end, begin + kMostMade * coarse.millis);
  if (auto made = make_coarse(level, begin, end); !made) return made;
  put_complete_.bind(static_cast<std::int64_t>(level), end);
  if (auto done = put_complete_.run(); !done) return done;
  complete_[level] = end;
  return {};
}

Result<void, std::string> History::drop_old(Millis age_now) {
  Millis longest = 0;
  for (std::size_t level = 0; level < kLevels; ++level) {
    auto before = age_now - levels_[level].kept;
    // Those of which no coarser ones were made yet, as after a time without us, stay.
    if (level + 1 < kLevels) before = std::min(before, complete_[level + 1]);
    drop_slots_.bind(static_cast<std::int64_t>(level), before);
    if (auto dropped = drop_slots_.run(); !dropped) return dropped;
    longest = std::max(longest, levels_[level].kept);
  }
  // Names of pods come and go; one of which no slot is left is nothing to keep.
  const auto before = age_now - longest - kHour - kMinute;
  const auto is_old = [&](const auto& each) { return each.second.seen < before; };
  if (std::ranges::none_of(ids_, is_old)) return {};
  drop_subjects_.bind(before);
  if (auto dropped = drop_subjects_.run(); !dropped) return dropped;
  std::erase_if(ids_, is_old);
  return {};
}

Result<void, std::string> History::roll_up(Millis now, Millis age_now) {
  const std::lock_guard lock(mutex_);
  const auto before = complete_;
  auto done = within_transaction([&]() -> Result<void, std::string> {
    for (std::size_t level = 1; level < kLevels; ++level) {
      if (auto rolled = roll_up_level(level, now); !rolled) return rolled;
    }
    // Once a minute.
    return complete_[kLevels - 1] == before[kLevels - 1] ? Result<void, std::string>{}
                                                         : drop_old(age_now);
  });
  if (!done) complete_ = before;
  return done;
}

Result<void, std::string> History::read_levels(std::size_t level, const Subject& subject,
                                               Millis from, Millis to, const OnStored& each) {
  const auto known = ids_.find(subject);
  if (known == ids_.end()) return {};
  // The newest slots of a coarse level are not made yet: finer ones stand for them.
  for (std::size_t finer = level + 1; finer-- > 0 && from < to;) {
    const auto end = finer == 0 ? to : std::min(to, complete_[finer]);
    if (end <= from) continue;
    const auto first = first_since(finer, from, end);
    if (!first) return fail(first.error());
    if (auto done = read_level(finer, known->second.id, *first, end, each); !done) return done;
    from = end;
  }
  return {};
}

Result<History::Excerpt, std::string> History::read(const Subject& subject, Millis from, Millis to,
                                                    Millis now) {
  const std::lock_guard lock(mutex_);
  std::size_t level = 0;
  while (level + 1 < kLevels && (from < now - levels_[level].kept ||
                                 std::cmp_greater((to - from) / levels_[level].millis, kMostSlots)))
    ++level;
  Excerpt excerpt;
  const auto own = levels_[level].millis;
  const auto fewest = (to - from) / static_cast<Millis>(kMostSlots) + 1;
  excerpt.step = (std::max(own, fewest) + own - 1) / own * own;
  std::map<Millis, Slot> slots;
  // Nothing is older, and each place costs a look.
  const auto begin =
      floor_to(std::max({Millis{0}, from, now - levels_[level].kept - kHour}), excerpt.step);
  auto done = read_levels(level, subject, begin, to, [&](Millis at, std::string_view bytes) {
    return merge_stored(bytes, slots[floor_to(at, excerpt.step)]);
  });
  if (done && !subject.route.empty() && ids_.contains(subject)) {
    // A route has slots when it was called; at other times of its service it was not.
    done = read_levels(level, {subject.name_space, subject.service, {}, {}}, begin, to,
                       [&](Millis at, std::string_view) -> Result<void, std::string> {
                         slots.try_emplace(floor_to(at, excerpt.step));
                         return {};
                       });
  }
  if (!done) return fail(std::move(done.error()));
  for (auto& [at, slot] : slots) excerpt.slots.push_back({at, std::move(slot)});
  return excerpt;
}

}  // namespace meshctl::dashboard
