#include "runtime/net/file_appender.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace meshctl::net {
namespace {

class TemporaryFile {
 public:
  TemporaryFile() {
    const int file = ::mkstemp(path_.data());
    REQUIRE(file >= 0);
    ::close(file);
  }
  ~TemporaryFile() { std::filesystem::remove(path_.data()); }
  std::string path() const { return path_.data(); }
  std::string text() const {
    std::ifstream file(path());
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::array<char, 32> path_{"/tmp/meshctl-test-XXXXXX"};
};

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

TEST_CASE("what a full disk loses is counted line by line, until the file is opened anew") {
  const TemporaryFile file;
  Loop loop;
  const auto appender = FileAppender::open(loop, "/dev/full");
  REQUIRE(appender);
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
}

}  // namespace
}  // namespace meshctl::net
