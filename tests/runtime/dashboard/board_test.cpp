#include "runtime/dashboard/board.h"

#include <doctest/doctest.h>

#include <random>

#include "tests/runtime/dashboard/pushes.h"

namespace meshctl::dashboard {
namespace {

const Subject kShop{"", "shop"};

std::uint64_t calls_of(const Board& board, const Subject& subject) {
  const auto found = board.rows().find(subject);
  return found == board.rows().end() ? 0 : found->second.totals.calls;
}

TEST_CASE("whatever is lost, late or doubled, the total is what was counted last") {
  std::mt19937 chance(7);
  for (int round = 0; round < 200; ++round) {
    Board board;
    std::uint64_t counted = 0;
    std::vector<Push> sent;
    for (std::uint64_t sequence = 1; sequence <= 20; ++sequence) {
      counted += chance() % 50;
      sent.push_back(push_of(counted, sequence));
    }
    // Some are lost, the others come in any order and up to three times; the last one arrives.
    std::vector<Push> arriving;
    for (const auto& push : sent) arriving.insert(arriving.end(), chance() % 4, push);
    arriving.push_back(sent.back());
    std::shuffle(arriving.begin(), arriving.end(), chance);
    Millis now = 1'000'000;
    for (auto& push : arriving)
      REQUIRE(board.take(push, now += static_cast<Millis>(chance() % 3000)));
    REQUIRE(calls_of(board, kShop) == counted);
    REQUIRE(calls_of(board, {"", "shop", "shop-a"}) == counted);
    REQUIRE(calls_of(board, {"", "shop", "", "/"}) == counted);
  }
}

TEST_CASE("the slots that are stored hold each timed call once") {
  Board board;
  std::uint64_t stored = 0;
  Millis now = 1'000'000;
  std::map<std::int64_t, std::uint64_t> slots;
  for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) {
    REQUIRE(board.take(push_of(sequence * 10, sequence), now));
    now += 700;
    for (const auto& change : board.changes().slots) {
      if (change.subject == kShop) slots[change.number] = change.slot.usage.calls;
    }
  }
  for (const auto& [number, calls] : slots) stored += calls;
  CHECK(stored == 1000);
}

TEST_CASE("a count that falls is refused, and changes nothing") {
  Board board;
  REQUIRE(board.take(push_of(10, 1), 0));
  const auto refused = board.take(push_of(9, 2), 1000);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().why == PushRefusal::Contradiction);
  CHECK(refused.error().words == "calls of the route '/' fell");
  auto other = push_of(12, 2, "a", "/other");
  CHECK(board.take(std::move(other), 1000).error().words == "the route '/' is missing");
  auto moved = push_of(12, 2);
  moved.service = "billing";
  CHECK_FALSE(board.take(std::move(moved), 1000));
  CHECK(calls_of(board, kShop) == 10);
}

TEST_CASE("the calls of a long silence count, but in no slot") {
  Board board;
  REQUIRE(board.take(push_of(10, 1), 0));
  static_cast<void>(board.changes());
  REQUIRE(board.take(push_of(500, 2), Board::Pace{}.longest_gap + 1));
  CHECK(calls_of(board, kShop) == 500);
  CHECK(board.changes().slots.empty());
}

TEST_CASE("what rises without a call counts for its route, too") {
  Board board;
  auto push = push_of(5, 1);
  push.uptime_ms = 1000;
  REQUIRE(board.take(push, 10'000));
  push.sequence = 2;
  push.routes.front().totals.response_body_bytes += 100;
  REQUIRE(board.take(push, 12'000));
  for (const Subject& subject : {Subject{"", "shop"}, Subject{"", "shop", {}, "/"}})
    CHECK(board.rows().at(subject).totals.response_body_bytes == 100);
}

TEST_CASE("the minute of what was stored before begins with the first figures that come") {
  Board board;
  board.restore(push_of(1000, 1), 10'000);
  CHECK(board.rows().at({"", "shop"}).minute_began == 0);
  REQUIRE(board.take(push_of(1001, 2), 3600'000));  // behind a long silence
  CHECK(board.rows().at({"", "shop"}).minute_began == 0);
  REQUIRE(board.take(push_of(1002, 3), 3602'000));
  CHECK(board.rows().at({"", "shop"}).minute_began == 3602'000);
}

TEST_CASE("the histograms of a minute are bounded, and make room when it is over") {
  Board board;
  Millis now = 100'000;
  const auto wide = [](std::uint64_t pod, std::uint64_t sequence) {
    auto push = push_of(0, sequence, std::to_string(pod));
    push.uptime_ms = 1000;
    push.routes.clear();
    for (int route = 0; route < 500; ++route) {
      telemetry::RouteStats stats;
      stats.route = std::to_string(pod) + "/" + std::to_string(1000 + route);
      auto& duration = stats.totals.duration;
      for (std::uint16_t bin = 0; bin < telemetry::bins::kBins; ++bin)
        duration.bins.push_back({bin, sequence});
      duration.count = sequence * telemetry::bins::kBins;
      stats.totals.calls = duration.count;
      push.routes.push_back(std::move(stats));
    }
    return push;
  };
  bool is_full = false;
  for (std::uint64_t sequence = 1; sequence <= 3 && !is_full; ++sequence, now += 2000) {
    for (std::uint64_t pod = 0; pod < 20 && !is_full; ++pod) {
      const auto taken = board.take(wide(pod, sequence), now);
      is_full = !taken;
      if (is_full) CHECK(taken.error().why == PushRefusal::Full);
    }
  }
  CHECK(is_full);
  board.drop_old_slots(now);
  CHECK_FALSE(board.take(wide(0, 9), now));
  board.drop_old_slots(now + 60'000);
  CHECK(board.take(wide(0, 9), now + 60'000));
}

TEST_CASE("a pod is live, then stale, then gone; one that ended is gone at once") {
  const Board board;
  Instance instance{push_of(1, 1), 1000, {}};
  CHECK(board.presence(instance, 1000 + Board::Pace{}.live_for) == Presence::Live);
  CHECK(board.presence(instance, 1001 + Board::Pace{}.live_for) == Presence::Stale);
  CHECK(board.presence(instance, 1001 + Board::kStaleFor) == Presence::Gone);
  // Not live for ever where the dashboard's clock was put back.
  CHECK(board.presence(instance, 999 - Board::Pace{}.live_for) == Presence::Stale);
  CHECK(board.presence(instance, 999 - Board::kStaleFor) == Presence::Gone);
  instance.last.is_final = true;
  CHECK(board.presence(instance, 1000) == Presence::Gone);
}

TEST_CASE("what replaces a proxy's counts stands for all that was known of it, and is in no slot") {
  Board board;
  REQUIRE(board.take(push_of(10, 1, "a"), 4000));
  REQUIRE(board.take(push_of(30, 1, "b"), 4000));
  static_cast<void>(board.changes());
  auto moved = push_of(7, 2, "a", "/new");
  moved.name_space = "prod";
  board.replace(std::move(moved), 5000);
  board.add_up();
  CHECK(calls_of(board, kShop) == 30);
  CHECK(calls_of(board, {"prod", "shop"}) == 7);
  CHECK_FALSE(board.rows().contains({"", "shop", "shop-a"}));
  CHECK(board.rows().at(kShop).minute.find(2)->usage.calls == 40);
  CHECK(board.instances().at("a").received == 5000);
  const auto changes = board.changes();
  CHECK(changes.slots.empty());
  CHECK(changes.forgotten.empty());
  REQUIRE(changes.instances.size() == 1);
  CHECK(changes.instances.front().last.instance == "a");
  REQUIRE(board.take(
      [] {
        auto next = push_of(9, 3, "a", "/new");
        next.name_space = "prod";
        return next;
      }(),
      6000));
  CHECK(calls_of(board, {"prod", "shop"}) == 9);
}

TEST_CASE("forgotten proxies take their numbers with them") {
  Board board;
  REQUIRE(board.take(push_of(10, 1, "a"), 1000));
  REQUIRE(board.take(push_of(20, 1, "b"), 5000));
  board.forget(1000);
  CHECK(board.changes().forgotten.empty());
  board.forget(1001);
  CHECK(board.changes().forgotten == std::vector<std::string>{"a"});
  CHECK(board.changes().forgotten.empty());
  CHECK(calls_of(board, kShop) == 20);
  CHECK(board.instances().size() == 1);
}

TEST_CASE("what is full takes new proxies in the place of those that are gone, and of no others") {
  Board board;
  Millis now = 0;
  for (std::size_t i = 0; i < Board::Pace{}.most_instances; ++i)
    REQUIRE(board.take(push_of(1, 1, std::to_string(i)), now));
  const auto refused = board.take(push_of(1, 1, "new"), now);
  REQUIRE_FALSE(refused);
  CHECK(refused.error().why == PushRefusal::Full);
  REQUIRE(board.take(push_of(2, 2, "7"), now));  // one that is known goes on
  auto last = push_of(1, 2, "8");
  last.is_final = true;
  REQUIRE(board.take(std::move(last), now));
  REQUIRE(board.take(push_of(1, 1, "new"), now));
  CHECK_FALSE(board.instances().contains("8"));
  CHECK(board.instances().size() == Board::Pace{}.most_instances);
  CHECK(board.changes().forgotten == std::vector<std::string>{"8"});
  CHECK(calls_of(board, kShop) == Board::Pace{}.most_instances + 1);
}

TEST_CASE("what proxies make it hold is bounded, whatever they push") {
  Board board;
  std::size_t taken = 0;
  for (std::size_t i = 0; i < Board::Pace{}.most_instances; ++i) {
    auto push = push_of(1, 1, std::to_string(i));
    push.routes.resize(kMostRoutes, push.routes.front());
    for (std::size_t route = 0; route < kMostRoutes; ++route)
      push.routes[route].route = "/" + std::to_string(1000 + route) + std::string(2000, 'x');
    const auto result = board.take(std::move(push), 0);
    if (!result) {
      CHECK(result.error().why == PushRefusal::Full);
      break;
    }
    ++taken;
  }
  CHECK(taken > 100);
  CHECK(taken * kMostRoutes * 2000 < Board::kMostBytes);
}

TEST_CASE("a clock that jumps changes no total") {
  constexpr Millis kDay = 24 * 3600 * 1000;
  Board board;
  std::uint64_t sequence = 0;
  Millis now = 1000 * kDay;
  for (const Millis jump : {Millis{0}, kDay, -kDay, -2 * kDay, 100 * kDay, Millis{1}}) {
    now += jump;
    for (int i = 0; i < 5; ++i, now += 2000) {
      ++sequence;
      REQUIRE(board.take(push_of(sequence * 10, sequence), now));
      for (const auto& change : board.changes().slots) CHECK(change.slot.usage.calls <= 10);
      REQUIRE(calls_of(board, kShop) == sequence * 10);
    }
    CHECK(board.presence(board.instances().begin()->second, now) == Presence::Live);
  }
  board.forget(now);  // as where the jump is longer than the retention
  REQUIRE(board.take(push_of(sequence * 10 + 1, sequence + 1), now));
  CHECK(calls_of(board, kShop) == sequence * 10 + 1);
}

TEST_CASE("what could not be stored comes again, as it is by then") {
  Board board;
  REQUIRE(board.take(push_of(10, 1), 4000));
  const auto lost = board.changes();
  REQUIRE(board.take(push_of(15, 2), 4500));
  board.not_stored(lost);
  const auto again = board.changes();
  REQUIRE(again.instances.size() == 1);
  CHECK(again.instances.front().last.sequence == 2);
  std::uint64_t calls = 0;
  for (const auto& change : again.slots)
    calls += change.subject == kShop ? change.slot.usage.calls : 0;
  CHECK(calls == 15);
  CHECK(board.changes().is_empty());
}

}  // namespace
}  // namespace meshctl::dashboard
