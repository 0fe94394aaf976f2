#include "runtime/net/line_turns.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <filesystem>
#include <thread>

#include "runtime/net/descriptor.h"
#include "tests/runtime/net/temporary_file.h"

namespace meshctl::net {
namespace {

using Sharing = LineTurns::Sharing;

Descriptor open_at_end(const std::string& path) {
  Descriptor file(::open(path.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC));
  REQUIRE(file.get() >= 0);
  return file;
}

/// The outcome as text: `done 6, failed, lost 0, owes`.
std::string told(const LineTurns::Outcome& outcome, const LineTurns& turns) {
  return "done " + std::to_string(outcome.done_bytes) +
         (outcome.error.code == 0 ? "" : ", failed") +
         (outcome.lost_lines == 0 ? "" : ", lost " + std::to_string(outcome.lost_lines)) +
         (turns.owes_rest() ? ", owes" : "");
}

TEST_CASE("a disk that is full in the middle of a line leaves whole lines") {
  struct Row {
    const char* name;
    rlim_t room;
    Sharing sharing;
    std::string outcome;
    std::string while_full;
    std::string at_last;
  };
  // "one\ntwo\nthree\n" is written; once there is room, "four\n" follows.
  const Row rows[] = {
      {"room for all", 14, Sharing::Ours, "done 14", "one\ntwo\nthree\n",
       "one\ntwo\nthree\nfour\n"},
      {"none", 0, Sharing::Ours, "done 0, failed", "", "four\n"},
      {"in the first line", 2, Sharing::Ours, "done 0, failed", "", "four\n"},
      {"between two lines", 8, Sharing::Ours, "done 8, failed", "one\ntwo\n", "one\ntwo\nfour\n"},
      {"in the last line", 11, Sharing::Ours, "done 8, failed", "one\ntwo\n", "one\ntwo\nfour\n"},
      {"before its end", 13, Sharing::Ours, "done 8, failed", "one\ntwo\n", "one\ntwo\nfour\n"},
      {"a file of anybody's: completed later", 5, Sharing::Given, "done 8, failed, owes", "one\nt",
       "one\ntwo\nfour\n"},
      {"the same, between two lines", 8, Sharing::Given, "done 8, failed", "one\ntwo\n",
       "one\ntwo\nfour\n"},
      {"the same, before its end", 13, Sharing::Given, "done 14, failed, owes", "one\ntwo\nthree",
       "one\ntwo\nthree\nfour\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const TemporaryFile file;
    const auto descriptor = open_at_end(file.path());
    LineTurns turns;
    {
      const FullDisk disk(row.room);
      CHECK(told(turns.append(descriptor.get(), row.sharing, "one\ntwo\nthree\n"), turns) ==
            row.outcome);
      CHECK(file.text() == row.while_full);
    }
    CHECK(told(turns.append(descriptor.get(), row.sharing, "four\n"), turns) == "done 5");
    CHECK(file.text() == row.at_last);
  }
}

TEST_CASE("a line that is cut is completed by whoever writes next, and first") {
  const TemporaryFile file;
  const auto mine = open_at_end(file.path());
  const auto other = open_at_end(file.path());
  LineTurns turns;
  {
    const FullDisk disk(2);
    CHECK(told(turns.append(mine.get(), Sharing::Given, "one\n"), turns) == "done 4, failed, owes");
    CHECK(told(turns.append(other.get(), Sharing::Given, "two\n"), turns) ==
          "done 0, failed, owes");
  }
  CHECK(told(turns.append(other.get(), Sharing::Given, "two\n"), turns) == "done 4");
  CHECK(file.text() == "one\ntwo\n");
}

TEST_CASE("a line that is cut and given up is lost, and the next one is whole") {
  const TemporaryFile file;
  const auto descriptor = open_at_end(file.path());
  LineTurns turns;
  {
    const FullDisk disk(2);
    CHECK(turns.append(descriptor.get(), Sharing::Given, "one\n").done_bytes == 4);
  }
  CHECK(turns.give_up_rest() == 1);
  CHECK(turns.give_up_rest() == 0);
  CHECK(told(turns.append(descriptor.get(), Sharing::Given, "two\n"), turns) == "done 4");
  CHECK(file.text() == "on\ntwo\n");
}

TEST_CASE("the rest of a line does not go into another file") {
  const TemporaryFile before;
  const TemporaryFile after;
  const auto descriptor = open_at_end(before.path());
  const auto other = open_at_end(after.path());
  LineTurns turns;
  {
    const FullDisk disk(2);
    CHECK(turns.append(descriptor.get(), Sharing::Given, "one\n").done_bytes == 4);
  }
  CHECK(told(turns.append(other.get(), Sharing::Given, "two\n"), turns) == "done 4, lost 1");
  CHECK(after.text() == "two\n");
}

TEST_CASE("a pipe gets whole lines at a time, and a new reader begins with one") {
  const auto path = TemporaryFile().path();
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  std::signal(SIGPIPE, SIG_IGN);
  LineTurns turns;
  Descriptor reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const auto writer = open_at_end(path);
  const std::string line = std::string(2999, 'x') + "\n";
  CHECK(turns.append(writer.get(), Sharing::Ours, line + line).error.code == 0);
  std::string got(3 * line.size(), '\0');
  CHECK(::read(reader.get(), got.data(), got.size()) == static_cast<ssize_t>(2 * line.size()));
  reader = Descriptor();
  CHECK(told(turns.append(writer.get(), Sharing::Ours, "lost\n"), turns) == "done 0, failed");
  reader = Descriptor(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  CHECK(turns.append(writer.get(), Sharing::Ours, "new\n").error.code == 0);
  CHECK(::read(reader.get(), got.data(), got.size()) == 4);
  std::filesystem::remove(path);
}

TEST_CASE("who waits for a reader, or for the turn of who does, gives up when told") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  const Descriptor reader(ends[0]);
  const Descriptor writer(ends[1]);
  LineTurns turns;
  const std::string much(1 << 20, 'x');
  LineTurns::Outcome first;
  LineTurns::Outcome second;
  std::thread waits_for_reader([&] { first = turns.append(writer.get(), Sharing::Given, much); });
  std::thread waits_for_turn([&] { second = turns.append(writer.get(), Sharing::Given, much); });
  turns.give_up();
  waits_for_reader.join();
  waits_for_turn.join();
  CHECK(is_timeout(first.error));
  CHECK(is_timeout(second.error));
}

}  // namespace
}  // namespace meshctl::net
