#include "runtime/telemetry/top_paths.h"

#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <random>
#include <string>
#include <thread>

#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

std::vector<TopPath> top(const TopPaths& paths, std::size_t most = TopPaths::kPlaces) {
  return merge_top_paths({paths.read()}, most);
}

TEST_CASE("up to 256 paths are counted exactly, the most called first") {
  TopPaths paths;
  for (std::size_t i = 0; i < 256; ++i) {
    for (std::size_t n = 0; n <= i % 7; ++n) paths.count("/" + word(i));
  }
  const auto all = top(paths);
  REQUIRE(all.size() == 256);
  std::map<std::string, std::uint64_t> counts;
  for (std::size_t i = 0; i < all.size(); ++i) {
    CHECK(all[i].error == 0);
    if (i > 0) CHECK(all[i - 1].calls >= all[i].calls);
    counts[all[i].path] = all[i].calls;
  }
  for (std::size_t i = 0; i < 256; ++i) CHECK(counts["/" + word(i)] == i % 7 + 1);
  CHECK(top(paths, 3).size() == 3);
}

TEST_CASE("however many paths there are, both bounds of each hold") {
  std::mt19937 random(7);
  TopPaths paths;
  std::map<std::string, std::uint64_t> truth;
  constexpr std::uint64_t kCalls = 50'000;
  std::geometric_distribution<std::size_t> often(0.01);
  for (std::uint64_t i = 0; i < kCalls; ++i) {
    // Half of them come again and again, half are new.
    const auto path = "/" + (i % 2 == 0 ? word(often(random)) : std::to_string(random()));
    ++truth[path];
    paths.count(path);
  }
  const auto all = top(paths);
  CHECK(all.size() == TopPaths::kPlaces);
  std::map<std::string, TopPath> shown;
  for (const auto& path : all) {
    shown[path.path] = path;
    CHECK(path.error <= kCalls / TopPaths::kPlaces);
    CHECK(truth[path.path] <= path.calls);
    CHECK(truth[path.path] >= path.calls - path.error);
  }
  for (const auto& [path, count] : truth) {
    if (count > kCalls / TopPaths::kPlaces) CHECK(shown.contains(path));
  }
}

TEST_CASE("the bounds hold over several threads' counters") {
  std::mt19937 random(11);
  TopPaths first;
  TopPaths second;
  std::map<std::string, std::uint64_t> truth;
  for (int i = 0; i < 20'000; ++i) {
    const bool is_known = random() % 3 == 0;
    const auto path = "/" + (is_known ? word(random() % 50) : std::to_string(random()));
    ++truth[path];
    (random() % 4 == 0 ? first : second).count(path);
  }
  for (const auto& path : merge_top_paths({first.read(), second.read()}, 1000)) {
    CHECK(truth[path.path] <= path.calls);
    CHECK(truth[path.path] + path.error >= path.calls);
  }
}

TEST_CASE("a path is shown without query, in printable ASCII, and cut") {
  TopPaths paths;
  paths.count("/a\x1b[31m\xff?token=secret");
  CHECK(top(paths) == std::vector<TopPath>{{"/a%1B[31m%FF", 1, 0}});
  TopPaths others;
  others.count("");
  others.count("/%1b#secret");
  others.count("/" + std::string(200, 'a'));
  others.count("/" + std::string(300, 'a'));
  CHECK(top(others) ==
        std::vector<TopPath>{{"/" + std::string(127, 'a'), 2, 0}, {"", 1, 0}, {"/%1b", 1, 0}});
}

TEST_CASE("a reader on another thread sees only paths that were called") {
  TopPaths paths;
  std::atomic<bool> is_done{false};
  std::thread writer([&] {
    for (std::size_t i = 0; i < 100'000; ++i) {
      paths.count(std::string(1 + i % 120, static_cast<char>('a' + i % 26)));
    }
    is_done = true;
  });
  while (!is_done) {
    for (const auto& path : top(paths)) {
      REQUIRE(path.path == std::string(path.path.size(), path.path.front()));
    }
  }
  writer.join();
}

}  // namespace
}  // namespace meshctl::telemetry
