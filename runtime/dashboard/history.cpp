#include "runtime/dashboard/history.h"

#include <fmt/format.h>
#include <sqlite3.h>

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

std::string_view blob(sqlite3_stmt* statement, int column) {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement, column));
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement, column))};
}

void bind_text(sqlite3_stmt* statement, int place, std::string_view text) {
  // The caller's text lasts until the statement was stepped.
  sqlite3_bind_text(statement, place, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

void bind_blob(sqlite3_stmt* statement, int place, std::string_view bytes) {
  sqlite3_bind_blob(statement, place, bytes.data(), static_cast<int>(bytes.size()), SQLITE_STATIC);
}

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

void History::CloseDatabase::operator()(sqlite3* database) const noexcept {
  sqlite3_close(database);
}

void History::FinalizeStatement::operator()(sqlite3_stmt* statement) const noexcept {
  sqlite3_finalize(statement);
}

History::History(Database database, Millis retention)
    : database_(std::move(database)),
      levels_{Level{Board::kSlotMillis, 16 * kMinute}, Level{10 * kSecond, 121 * kMinute},
              Level{kMinute, retention}} {}

History::~History() = default;

std::string History::failure() const {
  return sqlite3_errmsg(database_.get());
}

Result<void, std::string> History::run(const char* sql) {
  if (sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK)
    return fail(failure());
  return {};
}

Result<void, std::string> History::step(sqlite3_stmt* statement) {
  const int rc = sqlite3_step(statement);
  auto result =
      rc == SQLITE_DONE ? Result<void, std::string>{} : Result<void, std::string>(fail(failure()));
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  return result;
}

Result<History::Statement, std::string> History::compile(const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(database_.get(), sql, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                         nullptr) != SQLITE_OK)
    return fail(failure());
  return Statement(statement);
}

Result<std::unique_ptr<History>, std::string> History::open(const std::string& path,
                                                            Millis retention) {
  sqlite3* raw = nullptr;
  const int rc =
      sqlite3_open_v2(path.c_str(), &raw,
                      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(raw);
  if (rc != SQLITE_OK) return fail(std::string(sqlite3_errmsg(raw)));
  std::unique_ptr<History> history(new History(std::move(database), retention));
  if (auto ready = history->prepare(); !ready) return fail(std::move(ready.error()));
  return history;
}

Result<std::int64_t, std::string> History::number(const char* sql) {
  auto statement = compile(sql);
  if (!statement) return fail(std::move(statement.error()));
  if (sqlite3_step(statement->get()) != SQLITE_ROW) return fail(failure());
  return sqlite3_column_int64(statement->get(), 0);
}

Result<void, std::string> History::check_is_ours() {
  const auto objects = number("SELECT count(*) FROM sqlite_master");
  const auto application = number("PRAGMA application_id");
  const auto format = number("PRAGMA user_version");
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
  auto done = run("PRAGMA locking_mode=EXCLUSIVE");
  // Before anything is written: it may be another program's.
  if (done) done = check_is_ours();
  for (const auto& sql :
       {std::string("PRAGMA journal_mode=WAL"), std::string("PRAGMA synchronous=NORMAL"),
        std::string("BEGIN IMMEDIATE"), std::string(kSchema),
        fmt::format("PRAGMA application_id={}", kApplication),
        fmt::format("PRAGMA user_version={}", kFormat), std::string("COMMIT")}) {
    if (done) done = run(sql.c_str());
  }
  if (done) return done;
  const int code = sqlite3_errcode(database_.get());
  if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
    return fail(std::string("another dashboard has it open"));
  if (code == SQLITE_NOTADB) return fail(std::string(kNotOurs));
  return done;
}

Result<void, std::string> History::prepare() {
  if (auto taken = take_file(); !taken) return taken;
  const std::pair<Statement*, const char*> statements[] = {
      {&put_slot_, "INSERT OR REPLACE INTO slot(level, subject, at, data) VALUES(?, ?, ?, ?)"},
      {&get_slot_, "SELECT data FROM slot WHERE level = ? AND at = ? AND subject = ?"},
      {&get_all_,
       "SELECT at, subject, data FROM slot WHERE level = ? AND at >= ? AND at < ? ORDER BY at"},
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
    auto statement = compile(sql);
    if (!statement) return fail(std::move(statement.error()));
    *place = std::move(*statement);
  }

  if (auto loaded = load_ids(); !loaded) return loaded;
  auto complete = compile("SELECT level, until FROM complete");
  if (!complete) return fail(std::move(complete.error()));
  while (sqlite3_step(complete->get()) == SQLITE_ROW) {
    const auto level = static_cast<std::size_t>(sqlite3_column_int64(complete->get(), 0));
    if (level < kLevels) complete_[level] = sqlite3_column_int64(complete->get(), 1);
  }
  return {};
}

Result<void, std::string> History::load_ids() {
  auto subjects = compile("SELECT id, namespace, service, pod, route, seen FROM subject");
  if (!subjects) return fail(std::move(subjects.error()));
  ids_.clear();
  while (sqlite3_step(subjects->get()) == SQLITE_ROW) {
    const auto text = [&](int column) { return std::string(blob(subjects->get(), column)); };
    ids_[{text(1), text(2), text(3), text(4)}] = {sqlite3_column_int64(subjects->get(), 0),
                                                  sqlite3_column_int64(subjects->get(), 5)};
  }
  return {};
}

Result<void, std::string> History::load(
    const std::function<void(Push push, Millis received)>& each) {
  const std::lock_guard lock(mutex_);
  auto all = compile("SELECT received, push FROM instance");
  if (!all) return fail(std::move(all.error()));
  while (true) {
    const int rc = sqlite3_step(all->get());
    if (rc == SQLITE_DONE) return {};
    if (rc != SQLITE_ROW) return fail(failure());
    auto push = unpack_push(blob(all->get(), 1));
    if (!push) return fail(std::string("it is damaged: what a proxy pushed cannot be read"));
    each(std::move(*push), sqlite3_column_int64(all->get(), 0));
  }
}

Result<void, std::string> History::within_transaction(
    const std::function<Result<void, std::string>()>& work) {
  if (auto begun = run("BEGIN IMMEDIATE"); !begun) return begun;
  auto done = work();
  if (done) done = run("COMMIT");
  // After some failures SQLite has rolled back by itself, and says so once more.
  if (!done) static_cast<void>(run("ROLLBACK"));
  // Ids that were given within it are not in the file.
  if (!done) static_cast<void>(load_ids());
  return done;
}

bool History::has_vanished() const {
  int has_moved = 0;
  sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &has_moved);
  return has_moved != 0;
}

Result<std::int64_t, std::string> History::id_of(const Subject& subject, Millis at) {
  if (const auto known = ids_.find(subject); known != ids_.end()) {
    auto& [id, seen] = known->second;
    if (at - seen < kHour) return id;
    sqlite3_bind_int64(see_subject_.get(), 1, at);
    sqlite3_bind_int64(see_subject_.get(), 2, id);
    if (auto done = step(see_subject_.get()); !done) return fail(std::move(done.error()));
    seen = at;
    return id;
  }
  auto* put = put_subject_.get();
  bind_text(put, 1, subject.name_space);
  bind_text(put, 2, subject.service);
  bind_text(put, 3, subject.pod);
  bind_text(put, 4, subject.route);
  sqlite3_bind_int64(put, 5, at);
  if (auto done = step(put); !done) return fail(std::move(done.error()));
  const auto id = sqlite3_last_insert_rowid(database_.get());
  ids_[subject] = {id, at};
  return id;
}

Result<void, std::string> History::write(std::size_t level, std::int64_t id, Millis at,
                                         const Slot& slot) {
  const auto bytes = pack(slot);
  auto* put = put_slot_.get();
  sqlite3_bind_int64(put, 1, static_cast<std::int64_t>(level));
  sqlite3_bind_int64(put, 2, id);
  sqlite3_bind_int64(put, 3, at);
  bind_blob(put, 4, bytes);
  return step(put);
}

Result<Slot, std::string> History::stored_before(std::int64_t id, Millis at) {
  const auto known = stored_before_.find(id);
  if (known != stored_before_.end()) return known->second;
  Slot before;
  const auto done = read_level(0, id, at, at + 1, [&](Millis, std::string_view bytes) {
    return merge_stored(bytes, before);
  });
  if (!done) return fail(done.error());
  return stored_before_[id] = std::move(before);
}

Result<void, std::string> History::save(const Board::Changes& changes) {
  const std::lock_guard lock(mutex_);
  // SQLite would go on writing into a file that nobody finds again.
  if (has_vanished())
    return fail(
        std::string("it was moved or deleted; start the dashboard again to make a new one"));
  if (changes.is_empty()) return {};
  for (const auto& change : changes.slots) {
    if (!first_number_) first_number_ = change.number;
    first_number_ = std::min(*first_number_, change.number);
  }
  return within_transaction([&] { return put(changes); });
}

Result<void, std::string> History::put(const Board::Changes& changes) {
  for (const auto& instance : changes.instances) {
    auto* put = put_instance_.get();
    bind_text(put, 1, instance.last.instance);
    sqlite3_bind_int64(put, 2, instance.received);
    bind_blob(put, 3, instance.packed);
    if (auto done = step(put); !done) return done;
  }
  for (const auto& change : changes.slots) {
    const auto at = change.number * Board::kSlotMillis;
    const auto id = id_of(change.subject, at);
    if (!id) return fail(id.error());
    if (change.number != *first_number_) {
      if (auto done = write(0, *id, at, change.slot); !done) return done;
      continue;
    }
    auto before = stored_before(*id, at);
    if (!before) return fail(std::move(before.error()));
    before->merge(change.slot, true);
    if (auto done = write(0, *id, at, *before); !done) return done;
  }
  for (const auto& name : changes.forgotten) {
    bind_text(drop_instance_.get(), 1, name);
    if (auto done = step(drop_instance_.get()); !done) return done;
  }
  return {};
}

Result<void, std::string> History::read_level(std::size_t level, std::int64_t id, Millis from,
                                              Millis to, const OnStored& each) {
  const auto own = levels_[level].millis;
  auto* get = get_slot_.get();
  // One look for each: in the order of the file the slots of all others are in between.
  for (Millis at = floor_to(from + own - 1, own); at < to; at += own) {
    sqlite3_bind_int64(get, 1, static_cast<std::int64_t>(level));
    sqlite3_bind_int64(get, 2, at);
    sqlite3_bind_int64(get, 3, id);
    const int rc = sqlite3_step(get);
    Result<void, std::string> result;
    if (rc == SQLITE_ROW) {
      result = each(at, blob(get, 0));
    } else if (rc != SQLITE_DONE) {
      result = fail(failure());
    }
    sqlite3_reset(get);
    if (!result) return result;
  }
  return {};
}

Result<void, std::string> History::make_coarse(std::size_t level, Millis begin, Millis end) {
  auto* get = get_all_.get();
  sqlite3_bind_int64(get, 1, static_cast<std::int64_t>(level - 1));
  sqlite3_bind_int64(get, 2, begin);
  sqlite3_bind_int64(get, 3, end);
  std::map<std::int64_t, Slot> made;  // of `at`, by subject
  Millis at = begin;
  const auto flush = [&]() -> Result<void, std::string> {
    for (const auto& [id, slot] : std::exchange(made, {})) {
      if (auto done = write(level, id, at, slot); !done) return done;
    }
    return {};
  };
  Result<void, std::string> result;
  int rc = SQLITE_DONE;
  while (result && (rc = sqlite3_step(get)) == SQLITE_ROW) {
    const auto own = floor_to(sqlite3_column_int64(get, 0), levels_[level].millis);
    if (own != at) result = flush();
    at = own;
    if (result) result = merge_stored(blob(get, 2), made[sqlite3_column_int64(get, 1)]);
  }
  if (result && rc != SQLITE_DONE) result = fail(failure());
  sqlite3_reset(get);
  return result ? flush() : result;
}

Result<void, std::string> History::roll_up_level(std::size_t level, Millis now) {
  const auto& coarse = levels_[level];
  // A slot is complete when nothing is added to it any more, at the level below either.
  const auto source_end = level == 1 ? floor_to(now, levels_[0].millis) : complete_[level - 1];
  auto end = floor_to(source_end, coarse.millis);
  // The clock was put back: without this nothing would be made or deleted until it is there again.
  complete_[level] = std::min(complete_[level], floor_to(now, coarse.millis));
  // What is older than the finer level reaches back has been done, or nobody was here.
  const auto begin =
      std::max(complete_[level], floor_to(now - levels_[level - 1].kept, coarse.millis));
  end = std::min(end, begin + kMostMade * coarse.millis);
  if (begin >= end) return {};
  if (auto made = make_coarse(level, begin, end); !made) return made;
  auto* put = put_complete_.get();
  sqlite3_bind_int64(put, 1, static_cast<std::int64_t>(level));
  sqlite3_bind_int64(put, 2, end);
  if (auto done = step(put); !done) return done;
  complete_[level] = end;
  return {};
}

Result<void, std::string> History::drop_old(Millis now) {
  Millis longest = 0;
  for (std::size_t level = 0; level < kLevels; ++level) {
    auto* drop = drop_slots_.get();
    sqlite3_bind_int64(drop, 1, static_cast<std::int64_t>(level));
    sqlite3_bind_int64(drop, 2, now - levels_[level].kept);
    if (auto dropped = step(drop); !dropped) return dropped;
    longest = std::max(longest, levels_[level].kept);
  }
  // Names of pods come and go; one of which no slot is left is nothing to keep.
  const auto before = now - longest - kHour - kMinute;
  const auto is_old = [&](const auto& each) { return each.second.seen < before; };
  if (std::ranges::none_of(ids_, is_old)) return {};
  sqlite3_bind_int64(drop_subjects_.get(), 1, before);
  if (auto dropped = step(drop_subjects_.get()); !dropped) return dropped;
  std::erase_if(ids_, is_old);
  return {};
}

Result<void, std::string> History::roll_up(Millis now) {
  const std::lock_guard lock(mutex_);
  const auto before = complete_;
  auto done = within_transaction([&]() -> Result<void, std::string> {
    for (std::size_t level = 1; level < kLevels; ++level) {
      if (auto rolled = roll_up_level(level, now); !rolled) return rolled;
    }
    // Once a minute.
    return complete_[kLevels - 1] == before[kLevels - 1] ? Result<void, std::string>{}
                                                         : drop_old(now);
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
    if (auto done = read_level(finer, known->second.id, from, end, each); !done) return done;
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
