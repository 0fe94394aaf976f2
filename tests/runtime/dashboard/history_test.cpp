#include "runtime/dashboard/history.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <memory>
#include <numeric>

#include "tests/runtime/dashboard/pushes.h"

namespace meshctl::dashboard {
namespace {

constexpr Millis kMinute = 60'000;
constexpr Millis kHour = 60 * kMinute;
const Subject kShop{"", "shop"};

class Folder {
 public:
  Folder()
      : path_(std::filesystem::temp_directory_path() / ("meshctl-" + std::to_string(::getpid()))) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::string file() const { return path_ / "meshctl.db"; }

 private:
  std::filesystem::path path_;
};

std::unique_ptr<History> open(const Folder& folder, Millis retention) {
  auto history = History::open(folder.file(), retention);
  REQUIRE(history);
  return std::move(*history);
}

/// A push comes, and is stored.
void take_and_save(Board& board, History& history, Push push, Millis now) {
  REQUIRE(board.take(std::move(push), now));
  REQUIRE(history.save(board.changes()));
}

std::uint64_t sum(const History::Excerpt& excerpt) {
  return std::accumulate(
      excerpt.slots.begin(), excerpt.slots.end(), std::uint64_t{0},
      [](std::uint64_t all, const auto& each) { return all + each.slot.usage.calls; });
}

TEST_CASE("the past grows coarse and loses no call until it is too old") {
  const Folder folder;
  auto history = open(folder, 3 * kHour);
  Board board;
  constexpr Millis kBegin = 1000 * kHour;
  std::uint64_t sequence = 0;
  Millis now = kBegin;
  // Four hours at a call in two seconds; the file is closed and opened now and then.
  for (; now < kBegin + 4 * kHour; now += 2000) {
    ++sequence;
    take_and_save(board, *history, push_of(sequence, sequence), now);
    if (sequence % 5 == 0) REQUIRE(history->roll_up(now, now));
    if (sequence % 1999 == 0) {
      history.reset();
      history = open(folder, 3 * kHour);
    }
  }
  struct Row {
    Millis back;
    Millis step;
  };
  for (const Row& row :
       {Row{10 * kMinute, 2000}, Row{100 * kMinute, 10'000}, Row{170 * kMinute, kMinute}}) {
    CAPTURE(row.back);
    const auto excerpt = history->read(kShop, now - row.back, now, now);
    REQUIRE(excerpt);
    CHECK(excerpt->step == row.step);
    CHECK(sum(*excerpt) == doctest::Approx(static_cast<double>(row.back) / 2000).epsilon(0.02));
    CHECK(excerpt->slots.size() <= History::kMostSlots);
  }
  const auto all = history->read(kShop, kBegin, now, now);
  REQUIRE(all);
  CHECK(sum(*all) <= static_cast<std::uint64_t>((3 * kHour + 2 * kMinute) / 2000));
}

TEST_CASE("a route that was not called has zeros where its service was heard of, and only there") {
  const Folder folder;
  auto history = open(folder, 3 * kHour);
  Board board;
  constexpr Millis kBegin = 1000 * kHour;
  // Heard of in the first and the third minute; `/` is called in the first push and the last.
  std::uint64_t sequence = 0;
  for (Millis now = kBegin; now < kBegin + 3 * kMinute; now += 2000) {
    if (now >= kBegin + kMinute && now < kBegin + 2 * kMinute) continue;
    ++sequence;
    auto push = push_of(sequence == 60 ? 7 : 3, sequence);
    push.routes.push_back(push_of(sequence, sequence, "a", "/busy").routes.front());
    take_and_save(board, *history, std::move(push), now);
  }
  const auto calls = [&](const char* route, Millis now, Millis back) {
    const auto excerpt = history->read({"", "shop", {}, route}, now - back, now, now);
    REQUIRE(excerpt);
    std::map<Millis, std::uint64_t> found;
    for (const auto& [at, slot] : excerpt->slots) found[at - kBegin] = slot.usage.calls;
    return found;
  };
  constexpr Millis kEnd = kBegin + 3 * kMinute;
  auto found = calls("/", kEnd, 3 * kMinute);
  CHECK(found.size() ==
        59);  // the push behind the silence is in none: when its calls were is not known
  CHECK(found[0] == 3);
  CHECK(found[2000] == 0);
  CHECK(found.count(kMinute) == 0);
  CHECK(found.count(2 * kMinute) == 0);
  CHECK(found.count(2 * kMinute + 2000) == 1);
  CHECK(found[kEnd - kBegin - 2000] == 4);
  CHECK(calls("/never", kEnd, 3 * kMinute).empty());
  // The same of coarse slots.
  for (Millis now = kEnd; now < kEnd + 5 * kMinute; now += 10'000)
    REQUIRE(history->roll_up(now, now));
  found = calls("/", kEnd + 4 * kMinute, 150 * kMinute);
  CHECK(found == std::map<Millis, std::uint64_t>{{0, 3}, {2 * kMinute, 4}});
}

TEST_CASE("the last minutes before a long time without us are in the charts of coarse slots") {
  for (const Millis away : {20 * kMinute, 3 * kHour}) {
    CAPTURE(away);
    const Folder folder;
    auto history = open(folder, 24 * kHour);
    Board board;
    constexpr Millis kBegin = 1000 * kHour;
    std::uint64_t sequence = 0;
    Millis now = kBegin;
    for (; now < kBegin + 7 * kMinute; now += 2000) {
      ++sequence;
      take_and_save(board, *history, push_of(sequence * 10, sequence), now);
      if (sequence % 5 == 0 && now < kBegin + kMinute) REQUIRE(history->roll_up(now, now));
    }
    const auto before = sum(*history->read(kShop, kBegin, now, now));
    history.reset();
    history = open(folder, 24 * kHour);
    now += away;
    for (const auto end = now + 10 * kMinute; now < end; now += 10'000)
      REQUIRE(history->roll_up(now, now));
    const auto excerpt = history->read(kShop, kBegin, now, now);
    REQUIRE(excerpt);
    CHECK(excerpt->step > 2000);
    CHECK(sum(*excerpt) == before);
    CHECK(before == sequence * 10);
  }
}

TEST_CASE("a clock that is put back adds to what is stored, and counts nothing twice") {
  for (const Millis back : {Millis{10'000}, Millis{70'000}, 5 * kMinute}) {
    for (const bool restarts : {false, true}) {
      CAPTURE(back);
      CAPTURE(restarts);
      const Folder folder;
      auto history = open(folder, kHour);
      auto board = std::make_unique<Board>();
      constexpr Millis kBegin = 1000 * kHour;
      std::uint64_t sequence = 0;
      Millis now = kBegin;
      const auto go_on = [&](Millis until) {
        for (; now < until; now += 2000) {
          ++sequence;
          take_and_save(*board, *history, push_of(sequence * 10, sequence), now);
          // A second time in the same slot.
          ++sequence;
          take_and_save(*board, *history, push_of(sequence * 10, sequence), now + 1000);
        }
      };
      go_on(kBegin + 2 * kMinute);
      if (restarts) {
        history.reset();
        history = open(folder, kHour);
        board = std::make_unique<Board>();
        REQUIRE(history->load(
            [&](Push push, Millis received) { board->restore(std::move(push), received); }));
      }
      now -= back;
      go_on(kBegin + 3 * kMinute);
      const auto excerpt = history->read(kShop, kBegin - 10 * kMinute, now, now);
      REQUIRE(excerpt);
      CHECK(sum(*excerpt) == sequence * 10);
    }
  }
}

TEST_CASE("what proxies pushed last is there after a restart") {
  const Folder folder;
  {
    auto history = open(folder, kHour);
    Board board;
    REQUIRE(board.take(push_of(5, 1, "a"), 1000));
    take_and_save(board, *history, push_of(6, 1, "b"), 1000);
    REQUIRE(history->save({.instances = {}, .slots = {}, .forgotten = {"a"}}));
  }
  auto history = open(folder, kHour);
  std::vector<std::string> found;
  REQUIRE(history->load([&](Push push, Millis received) {
    CHECK(received == 1000);
    found.push_back(push.instance);
  }));
  CHECK(found == std::vector<std::string>{"b"});
}

TEST_CASE("a slot that two processes wrote holds the calls of both") {
  const Folder folder;
  for (std::uint64_t process = 1; process <= 2; ++process) {
    auto history = open(folder, kHour);
    Board board;
    take_and_save(board, *history, push_of(process * 10, 1, process == 1 ? "a" : "b"), 4000);
    take_and_save(board, *history, push_of(process * 10 + 1, 2, process == 1 ? "a" : "b"), 4500);
  }
  auto history = open(folder, kHour);
  const auto excerpt = history->read(kShop, 0, 10'000, 10'000);
  REQUIRE(excerpt);
  CHECK(sum(*excerpt) == 11 + 21);
}

TEST_CASE("names of pods that left no slot are not kept") {
  const Folder folder;
  auto history = open(folder, kHour);
  constexpr Millis kBegin = 1000 * kHour;
  std::uintmax_t early = 0;
  std::uintmax_t late = 0;
  for (int day = 0; day < 40; ++day) {
    Board board;
    for (int pod = 0; pod < 500; ++pod) {
      const auto name = std::to_string(day) + "-" + std::to_string(pod) + std::string(100, 'x');
      REQUIRE(board.take(push_of(1, 1, name), kBegin + day * 24 * kHour));
    }
    auto changes = board.changes();
    changes.instances.clear();  // the slots alone
    REQUIRE(history->save(changes));
    // What is old goes with the roll-up of a minute.
    for (Millis after = 0; after < 10 * kMinute; after += kMinute)
      REQUIRE(
          history->roll_up(kBegin + day * 24 * kHour + after, kBegin + day * 24 * kHour + after));
    if (day != 3 && day != 39) continue;
    history.reset();  // what the log holds goes into the file
    (day == 3 ? early : late) = std::filesystem::file_size(folder.file());
    history = open(folder, kHour);
  }
  CHECK(late < early * 2);
  const auto pod = history->read({"", "shop", "shop-0-7" + std::string(100, 'x')}, kBegin,
                                 kBegin + kHour, kBegin + 40 * 24 * kHour);
  REQUIRE(pod);
  CHECK(pod->slots.empty());
}

TEST_CASE(
    "names beyond the most are left out of the history until old ones go, and stop nothing else") {
  const Folder folder;
  auto history = open(folder, kHour);
  constexpr Millis kBegin = 1000 * kHour;
  const auto save = [&](const std::string& prefix, std::size_t count, Millis at) {
    Board::Changes changes;
    Slot slot;
    slot.usage.calls = 1;
    for (std::size_t i = 0; i < count; ++i) {
      changes.slots.push_back({{"", prefix + std::to_string(i)}, at / Board::kSlotMillis, slot});
    }
    REQUIRE(history->save(changes));
  };
  const auto calls = [&](const std::string& service, Millis at) {
    return sum(*history->read({"", service}, at, at + 10'000, at + 10'000));
  };
  save("old-", History::kMostSubjects, kBegin);
  save("new-", 2, kBegin + 2000);
  save("old-", 1, kBegin + 2000);
  CHECK(calls("new-1", kBegin) == 0);
  CHECK(calls("old-0", kBegin) == 2);
  constexpr Millis kLater = kBegin + 24 * kHour;
  for (Millis after = 0; after < 3 * kMinute; after += 10'000)
    REQUIRE(history->roll_up(kLater + after, kLater + after));
  save("new-", 2, kLater + 3 * kMinute);
  CHECK(calls("new-1", kLater + 3 * kMinute) == 1);
}

TEST_CASE("a clock that was far ahead stops neither charts nor the deletion of the old") {
  const Folder folder;
  auto history = open(folder, kHour);
  constexpr Millis kBegin = 1000 * kHour;
  REQUIRE(history->roll_up(kBegin + 10'000 * kHour, kBegin + 10'000 * kHour));
  Board board;
  Millis now = kBegin;
  for (std::uint64_t sequence = 1; now < kBegin + 30 * kMinute; now += 2000, ++sequence) {
    take_and_save(board, *history, push_of(sequence, sequence), now);
    if (sequence % 5 == 0) REQUIRE(history->roll_up(now, now));
  }
  const auto excerpt = history->read(kShop, now - 25 * kMinute, now, now);
  REQUIRE(excerpt);
  CHECK(excerpt->step == 10'000);
  CHECK(sum(*excerpt) == doctest::Approx(25 * 30).epsilon(0.02));
}

TEST_CASE("a data file that was deleted is told, and not written on") {
  const Folder folder;
  auto history = open(folder, kHour);
  REQUIRE(history->save({}));
  std::filesystem::remove(folder.file());
  const auto saved = history->save({});
  REQUIRE_FALSE(saved);
  CHECK(saved.error() == "it was moved or deleted; start the dashboard again to make a new one");
}

}  // namespace
}  // namespace meshctl::dashboard
