#include "runtime/net/file_appender.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <thread>
#include <vector>

#include "tests/runtime/net/temporary_file.h"

namespace meshctl::net {
namespace {

TEST_CASE("lines come out whole and in order, behind what the file held") {
  const TemporaryFile file;
  std::ofstream(file.path()) << "before\n";
  Loop loop;
  std::string want = "before\n";
  {
    const auto appender = FileAppender::open(loop, file.path());
    REQUIRE(appender);
    for (int i = 0; i < 5000; ++i) {
      const auto line = std::to_string(i) + "\n";
      want += line;
      (*appender)->append(line);
      if (i % 100 == 0) loop.turn();
    }
    CHECK((*appender)->dropped_lines() == 0);
  }
  CHECK(file.text() == want);
}

TEST_CASE("submitted lines are gathered, for a moment or until there are many") {
  const TemporaryFile file;
  Loop loop;
  const auto appender = FileAppender::open(loop, file.path());
  REQUIRE(appender);
  const auto submit = [&](const std::string& line) {
    (*appender)->line_buffer()->append(line);
    (*appender)->submit();
  };
  const auto begin = now();
  submit("one\n");
  submit("two\n");
  while (file.text().empty()) loop.turn();
  CHECK(now() - begin >= FileAppender::kGatherTime);
  CHECK(file.text() == "one\ntwo\n");

  const std::string many(FileAppender::kGatherBytes, 'x');
  submit(many);
  submit("three\n");  // comes behind the batch that is on its way
  (*appender)->flush();
  CHECK(file.text() == "one\ntwo\n" + many + "three\n");
}

TEST_CASE("a file that cannot be opened is told") {
  Loop loop;
  CHECK_FALSE(FileAppender::open(loop, "/no/such/folder/file"));
}

TEST_CASE("a reader that stands still costs a bounded queue, and what does not fit is counted") {
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  Loop loop;
  {
    auto appender = FileAppender::over(loop, ends[1]);
    const std::string line(64 * 1024, 'x');
    const std::size_t lines = 3 * FileAppender::kQueueBytes / line.size();
    for (std::size_t i = 0; i < lines; ++i) appender->append(line);
    CHECK(appender->dropped_lines() > 0);
    CHECK(appender->dropped_lines() < lines);
    // The reader wakes up: what was kept comes out.
    std::size_t kept = (lines - appender->dropped_lines()) * line.size();
    std::string buffer(1 << 20, '\0');
    while (kept > 0) {
      const auto got = ::read(ends[0], buffer.data(), buffer.size());
      REQUIRE(got > 0);
      kept -= static_cast<std::size_t>(got);
      uv_run(&loop.raw(), UV_RUN_NOWAIT);
    }
  }
  ::close(ends[0]);
  ::close(ends[1]);
}

TEST_CASE("a reader that has gone is a failure, not a signal and not a wait") {
  std::signal(SIGPIPE, SIG_IGN);
  std::array<int, 2> ends{};
  REQUIRE(::pipe2(ends.data(), O_CLOEXEC) == 0);
  ::close(ends[0]);
  Loop loop;
  auto appender = FileAppender::over(loop, ends[1]);
  appender->append("line\n");
  appender->flush();
  CHECK(appender->has_failed());
  appender.reset();
  ::close(ends[1]);
}

TEST_CASE("a renamed file keeps its lines, and the next go to a new one") {
  const TemporaryFile file;
  const auto old = file.path() + ".1";
  Loop loop;
  const auto appender = FileAppender::open(loop, file.path());
  REQUIRE(appender);
  (*appender)->append("before\n");  // on its way while the file is renamed
  std::filesystem::rename(file.path(), old);
  REQUIRE((*appender)->reopen(file.path()));
  REQUIRE((*appender)->reopen(file.path()));  // twice in a row does no harm
  (*appender)->append("after\n");
  (*appender)->flush();
  std::ifstream renamed(old);
  CHECK(std::string{std::istreambuf_iterator<char>(renamed), {}} == "before\n");
  CHECK(file.text() == "after\n");
  std::filesystem::remove(old);
  CHECK_FALSE((*appender)->reopen("/no/such/folder/file"));
  (*appender)->append("still\n");
  (*appender)->flush();
  CHECK(file.text() == "after\nstill\n");
}

/// Writes down what it hears.
class Notes final : public FileWatcher {
 public:
  void on_failing(UvError) noexcept override { text += "failing "; }
  void on_written_again() noexcept override { text += "again "; }
  void on_dropped() noexcept override { text += "dropped "; }
  std::string text;
};

void submit(FileAppender& appender, const std::string& line) {
  auto* buffer = appender.line_buffer();
  REQUIRE(buffer != nullptr);
  buffer->append(line);
  appender.submit();
}

TEST_CASE("what a full disk loses is counted line by line, until the file is opened anew") {
  const TemporaryFile file;
  Loop loop;
  Notes notes;
  const auto appender = FileAppender::open(loop, "/dev/full");
  REQUIRE(appender);
  (*appender)->tell(notes);
  (*appender)->append("one\ntwo\n");
  (*appender)->append("three\n");
  (*appender)->flush();
  CHECK((*appender)->has_failed());
  CHECK((*appender)->dropped_lines() == 3);
  CHECK((*appender)->line_buffer() == nullptr);
  CHECK((*appender)->dropped_lines() == 4);
  REQUIRE((*appender)->reopen(file.path()));
  (*appender)->append("four\n");
  (*appender)->flush();
  CHECK(file.text() == "four\n");
  CHECK(notes.text == "failing dropped dropped again ");
}

TEST_CASE("a file that is opened anew takes lines as fast as any, however many failed before") {
  const TemporaryFile file;
  Loop loop;
  const auto appender = FileAppender::open(loop, "/dev/full");
  REQUIRE(appender);
  // The time for gathering begins, and then there are too many lines to wait for it.
  submit(**appender, "one\n");
  submit(**appender, std::string(FileAppender::kGatherBytes, 'x') + "\n");
  while (!(*appender)->has_failed()) loop.turn();
  REQUIRE((*appender)->reopen(file.path()));
  submit(**appender, "after\n");
  while (loop.turn()) {
  }
  CHECK(file.text() == "after\n");
  CHECK((*appender)->dropped_lines() == 2);
}

TEST_CASE("a disk that is full is tried again once a second, and then by the next line") {
  const TemporaryFile file;
  Loop loop;
  Notes notes;
  const auto appender = FileAppender::open(loop, file.path());
  REQUIRE(appender);
  (*appender)->tell(notes);
  {
    const FullDisk disk(10);
    const auto begin = now();
    for (int tries = 0; tries < 2; ++tries) {
      const auto before = (*appender)->dropped_lines();
      submit(**appender, tries == 0 ? "first\nsecond\n" : "second\n");
      while ((*appender)->dropped_lines() == before) loop.turn();
      CHECK(file.text() == "first\n");
      CHECK((*appender)->line_buffer() == nullptr);
      while ((*appender)->line_buffer() == nullptr) loop.turn();
    }
    CHECK(now() - begin >= 2 * FileAppender::kRetryTime);
  }
  const auto dropped = (*appender)->dropped_lines();
  submit(**appender, "third\n");
  while ((*appender)->has_failed()) loop.turn();
  CHECK(file.text() == "first\nthird\n");
  CHECK((*appender)->dropped_lines() == dropped);
  CHECK(notes.text.starts_with("failing dropped"));
  CHECK(notes.text.ends_with("dropped again "));
}

TEST_CASE("what is lost at the end is counted, too") {
  const TemporaryFile file;
  Loop loop;
  const FullDisk disk(10);
  const auto appender = FileAppender::open(loop, file.path());
  REQUIRE(appender);
  submit(**appender, "first\nsecond\nthird\n");
  (*appender)->finish();
  CHECK((*appender)->dropped_lines() == 2);
  CHECK(file.text() == "first\n");

  const TemporaryFile given;
  const int descriptor = ::open(given.path().c_str(), O_WRONLY | O_CLOEXEC);
  const auto over = FileAppender::over(loop, descriptor);
  submit(*over, "first\nsecond\nthird\n");
  over->finish();
  CHECK(over->dropped_lines() == 2);
  CHECK(given.text() == "first\nseco");
  ::close(descriptor);
}

TEST_CASE("threads that share a file and a full disk cut no line, and count each that is lost") {
  const TemporaryFile file;
  const auto turns = std::make_shared<LineTurns>();
  constexpr std::size_t kThreads = 4;
  constexpr std::size_t kLines = 2000;
  std::atomic<std::size_t> failing{0};
  std::atomic<std::uint64_t> dropped{0};
  std::optional<FullDisk> disk(20'000);
  std::vector<std::thread> threads;
  for (std::size_t number = 0; number < kThreads; ++number) {
    threads.emplace_back([&, number] {
      Loop loop;
      const auto appender = FileAppender::open(loop, file.path(), turns);
      std::size_t i = 0;
      const auto write_next = [&] {
        if (auto* buffer = (*appender)->line_buffer()) {
          *buffer +=
              std::to_string(number) + " " + std::to_string(i) + std::string(i % 90, 'x') + "\n";
          (*appender)->submit();
        }
        if (++i % 100 == 0) uv_run(&loop.raw(), UV_RUN_NOWAIT);
      };
      while (i < kLines) write_next();
      while (!(*appender)->has_failed()) loop.turn();
      ++failing;
      while ((*appender)->has_failed()) {
        write_next();
        loop.turn();
      }
      (*appender)->finish();
      dropped += (*appender)->dropped_lines();
      dropped -= i;
    });
  }
  while (failing < kThreads) std::this_thread::yield();
  disk.reset();
  for (auto& thread : threads) thread.join();
  std::array<std::size_t, kThreads> next{};
  std::istringstream lines(file.text());
  for (std::string line; std::getline(lines, line); ++dropped) {
    std::istringstream words(line);
    std::size_t number = kThreads;
    std::size_t i = 0;
    words >> number >> i;
    REQUIRE(number < kThreads);
    REQUIRE(i >= next.at(number));
    next.at(number) = i + 1;
    REQUIRE(line == std::to_string(number) + " " + std::to_string(i) + std::string(i % 90, 'x'));
  }
  CHECK(dropped == 0);
}

}  // namespace
}  // namespace meshctl::net
