#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "runtime/telemetry/route_table.h"
#include "tests/runtime/telemetry/calls.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

std::string random_word(std::mt19937& random) {
  std::string text;
  for (auto n = 1 + random() % 12; n > 0; --n) text += static_cast<char>('a' + random() % 26);
  return text;
}

/// The shapes of an attack: values below a word, words above one, words to any depth, one level of
/// words, long tokens.
std::string hostile_path(std::mt19937& random) {
  switch (random() % 5) {
    case 0: return "/a/" + std::to_string(random());
    case 1: return "/" + std::to_string(random() % 1000) + "-" + random_word(random) + "/x";
    case 2: {
      std::string path;
      for (auto n = 1 + random() % 14; n > 0; --n) path += "/" + random_word(random);
      return path;
    }
    case 3: return "/shop/" + random_word(random);
    default: return "/t/" + random_word(random) + random_word(random) + random_word(random);
  }
}

std::uint64_t calls_in_routes(const Snapshot& snapshot) {
  std::uint64_t sum = 0;
  for (const auto& route : snapshot.routes) sum += route.totals.calls;
  return sum;
}

std::uint64_t calls_in_series(const Snapshot& snapshot) {
  std::uint64_t sum = 0;
  for (const auto& series : snapshot.series) sum += series.duration.count();
  return sum;
}

TEST_CASE("whatever is called, routes stay capped and add up to the calls, and none goes back") {
  std::mt19937 random(1);
  RouteTable table;
  Shard shards[] = {Shard(table), Shard(table), Shard(table)};
  const Shard* all[] = {&shards[0], &shards[1], &shards[2]};
  const auto who = web_identity();
  std::map<std::string, std::uint64_t> last;
  constexpr std::uint64_t kCalls = 30'000;
  for (std::uint64_t i = 1; i <= kCalls; ++i) {
    const auto status = static_cast<std::uint16_t>(random() % 10 == 0 ? 404 : 200);
    shards[random() % 3].on_call(call("GET", hostile_path(random), status));
    REQUIRE(table.size() <= RouteTable::kCapacity);
    if (i % 1000 != 0) continue;
    const auto seen = take(all, who, who.started);
    CHECK(seen.totals.calls == i);
    CHECK(calls_in_routes(seen) == i);
    CHECK(calls_in_series(seen) == i);
    std::map<std::string, std::uint64_t> now;
    for (const auto& route : seen.routes) now[route.route] = route.totals.calls;
    CHECK(now.size() == seen.routes.size());
    for (const auto& [route, calls] : last) CHECK(now[route] >= calls);
    last = std::move(now);
  }
}

TEST_CASE("below the limits the order of calls does not matter") {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < 20; ++i) {
    for (std::size_t j = 0; j < 9; ++j) paths.push_back("/" + word(i) + "/" + word(j));
  }
  for (int i = 0; i < 500; ++i) paths.push_back("/w/" + std::to_string(i));
  const auto count = [&paths] {
    Shard shard;
    for (const auto& path : paths) shard.on_call(call("GET", path, 200));
    std::map<std::string, std::uint64_t> counts;
    for (const auto& route : snapshot_of(shard).routes) counts[route.route] = route.totals.calls;
    return counts;
  };
  const auto want = count();
  CHECK(want.size() == 181);
  std::mt19937 random(2);
  for (int turn = 0; turn < 10; ++turn) {
    std::shuffle(paths.begin(), paths.end(), random);
    CHECK(count() == want);
  }
}

TEST_CASE("the route of a route is the route itself") {
  std::mt19937 random(3);
  const auto route = [](const std::string& path) {
    RouteTable table;
    return std::string(table.name(table.route_of(path, 200)));
  };
  for (int i = 0; i < 2000; ++i) {
    auto path = hostile_path(random);
    for (auto n = random() % 4; n > 0; --n) {
      const auto place = static_cast<std::ptrdiff_t>(1 + random() % path.size());
      path.insert(path.begin() + place, static_cast<char>(random() % 256));
    }
    CAPTURE(path);
    const auto once = route(path);
    CHECK(route(once) == once);
  }
}

TEST_CASE("threads that share a table agree on every route while levels collapse") {
  RouteTable table;
  Shard shards[] = {Shard(table), Shard(table), Shard(table), Shard(table)};
  const Shard* all[] = {&shards[0], &shards[1], &shards[2], &shards[3]};
  const auto who = web_identity();
  constexpr int kCalls = 5'000;
  std::vector<std::thread> threads;
  for (Shard& shard : shards) {
    threads.emplace_back([&shard] {
      std::mt19937 random(5);
      for (int i = 0; i < kCalls; ++i) shard.on_call(call("GET", hostile_path(random), 200));
    });
  }
  std::uint64_t last = 0;
  while (last < 4 * kCalls) {
    const auto seen = take(all, who, who.started);
    REQUIRE(seen.totals.calls >= last);
    REQUIRE(seen.routes.size() <= RouteTable::kCapacity);
    last = seen.totals.calls;
  }
  for (auto& thread : threads) thread.join();
  const auto end = take(all, who, who.started);
  CHECK(calls_in_routes(end) == 4 * kCalls);
  CHECK(calls_in_series(end) == 4 * kCalls);
  for (std::size_t i = 0; i < table.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      REQUIRE(table.name(static_cast<RouteTable::Id>(i)) !=
              table.name(static_cast<RouteTable::Id>(j)));
    }
  }
}

}  // namespace
}  // namespace meshctl::telemetry
