#include "runtime/dashboard/services_json.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/runtime/dashboard/pushes.h"

namespace meshctl::dashboard {
namespace {

using Json = nlohmann::json;

constexpr Millis kStart = 1'000'000;

Json document(const Board& board, Millis now) {
  return Json::parse(services_json(board, now, {.id = 1, .retention = 0, .trouble = {}}));
}

/// A push 2 s after the one before, on a machine with `memory` bytes in use.
Push next_push(std::uint64_t calls, std::uint64_t sequence, const std::string& instance,
               std::uint64_t memory) {
  auto push = push_of(calls, sequence, instance);
  push.uptime_ms = sequence * 2000;
  push.node = telemetry::NodeUsage{.cpu_busy = std::chrono::seconds(sequence),
                                   .cpu_total = std::chrono::seconds(sequence * 4),
                                   .memory_used_bytes = memory,
                                   .memory_total_bytes = memory * 2};
  return push;
}

TEST_CASE("even traffic has an even rate, whenever it is looked at") {
  // Pods push at times of their own, on machines of their own.
  for (const Millis apart : {0, 300, 1100, 1950}) {
    Board board;
    std::uint64_t sequence = 0;
    for (Millis now = kStart; now < kStart + 120'000; now += 50) {
      if (now % 2000 == 100) {
        ++sequence;
        REQUIRE(board.take(next_push(200 * sequence, sequence, "a", 1'000'000'000), now));
      }
      if (sequence != 0 && (now - apart) % 2000 == 100)
        REQUIRE(board.take(next_push(200 * sequence, sequence, "b", 9'000'000'000), now));
      if (now < kStart + 70'000) continue;
      const auto json = document(board, now);
      const auto& row = json["services"][0];
      REQUIRE(row["minute"]["calls_per_second"] == 200.0);
      REQUIRE(json["summary"]["calls_per_second"] == 200.0);
      REQUIRE(row["memory_bytes"] == 5'000'000'000);
      REQUIRE(row["cpu"] == 0.25);
      REQUIRE(row["sparkline"] == Json(std::vector<int>(30, 400)));
    }
  }
}

TEST_CASE("the first seconds of a service are not spread over a minute") {
  Board board;
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence)
    REQUIRE(board.take(next_push(20 * sequence, sequence, "a", 1),
                       kStart + static_cast<Millis>(sequence) * 2000));
  for (Millis later = 0; later < 8000; later += 500) {
    const auto rate =
        document(board, kStart + 10'000 + later)["services"][0]["minute"]["calls_per_second"];
    // Three to five of the pushes are told of, then there are none any more.
    CHECK(rate.get<double>() <= 10);
    CHECK(rate.get<double>() >= 6);
  }
}

TEST_CASE("a clock that is put back a little multiplies no rate of a young service") {
  Board board;
  Millis now = kStart;
  for (std::uint64_t sequence = 1; sequence <= 25; ++sequence) {
    if (sequence == 5) now -= 40'000;
    REQUIRE(board.take(next_push(200 * sequence, sequence, "a", 1), now));
    for (Millis later = 0; later < 2000; later += 500) {
      const auto row = document(board, now + later)["services"][0];
      // Some seconds are counted twice, for they were there twice.
      CHECK(row["minute"]["calls_per_second"].get<double>() <= 120);
    }
    now += 2000;
  }
}

TEST_CASE("no machine is busier than it has cores, whatever its proxy says") {
  Board board;
  for (std::uint64_t sequence = 1; sequence <= 5; ++sequence) {
    auto push = next_push(sequence, sequence, "a", 1);
    push.node->cpu_busy = push.node->cpu_total * 3;
    REQUIRE(board.take(push, kStart + static_cast<Millis>(sequence) * 2000));
  }
  CHECK(document(board, kStart + 16'000)["services"][0]["cpu"] == 1.0);
}

TEST_CASE("what a killed proxy had open does not stand beside that of the next") {
  Board board;
  auto killed = next_push(10, 5, "a", 1);
  killed.pod = "shop-1";
  killed.open_connections = 7;
  killed.active_calls = 3;
  REQUIRE(board.take(killed, kStart));
  auto next = next_push(1, 1, "b", 1);
  next.pod = "shop-1";
  next.open_connections = 2;
  next.active_calls = 1;
  REQUIRE(board.take(next, kStart + 3000));
  const auto json = document(board, kStart + 3100);
  const auto& pod = json["services"][0]["pods"][0];
  CHECK(pod["totals"]["calls"] == 11);
  CHECK(pod["open_connections"] == 2);
  CHECK(pod["active_calls"] == 1);
  CHECK(pod["state"] == "live");
  CHECK(json["summary"]["open_connections"] == 2);

  // Two at once under one name, as of two runs on one machine, are both there.
  auto beside = next_push(1, 1, "c", 1);
  beside.pod = "shop-1";
  beside.uptime_ms = 100;
  beside.open_connections = 5;
  REQUIRE(board.take(beside, kStart + 2950));
  CHECK(document(board, kStart + 3100)["services"][0]["open_connections"] == 7);
}

TEST_CASE("keys of rows are unlike, whatever the names hold") {
  Board board;
  const std::string names[] = {"a",  "a b",   "a/b",   "a/pod/p", "a/route//r", "a pods",
                               "a%", "a%20b", "a%2Fb", "b",       "pods",       "routes"};
  std::uint64_t number = 0;
  for (const auto& name_space : {std::string(), std::string("a"), std::string("a/b")}) {
    for (const auto& service : names) {
      for (const auto* pod : {"p", "p/q", "r pods"}) {
        auto push = push_of(1, 1, std::to_string(++number), std::string("/") + pod);
        push.name_space = name_space;
        push.service = service;
        push.pod = pod;
        REQUIRE(board.take(push, kStart));
      }
    }
  }
  std::set<std::string> keys;
  std::size_t rows = 0;
  const auto note = [&](const std::string& key) {
    ++rows;
    CAPTURE(key);
    CHECK(keys.insert(key).second);
  };
  const auto json = document(board, kStart);
  for (const auto& service : json["services"]) {
    note(service["key"]);
    // As the page names the heads of its groups.
    note(service["key"].get<std::string>() + " pods");
    note(service["key"].get<std::string>() + " routes");
    for (const auto* part : {"pods", "routes"}) {
      for (const auto& row : service[part]) note(row["key"]);
    }
  }
  CHECK(rows == 3 * 12 * (3 + 3 + 3));
}

}  // namespace
}  // namespace meshctl::dashboard
