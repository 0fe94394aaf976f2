#include "runtime/tap/pending_calls.h"

#include <doctest/doctest.h>

#include <deque>
#include <random>

namespace meshctl::tap {
namespace {

TEST_CASE("pending calls leave in the order they came, whatever the ring has been through") {
  std::mt19937 random(7);
  PendingCalls calls;
  std::deque<std::uint16_t> want;
  std::uint16_t next = 0;
  for (int step = 0; step < 20'000; ++step) {
    const auto dice = random() % 20;
    if (dice < 9 && !calls.is_full()) {
      calls.add().status = ++next;
      want.push_back(next);
    } else if (dice < 18 && !want.empty()) {
      calls.pop_front();
      want.pop_front();
    } else if (!want.empty()) {
      calls.pop_back();
      want.pop_back();
    }
    REQUIRE(calls.is_empty() == want.empty());
    if (want.empty()) continue;
    REQUIRE(calls.front().status == want.front());
    REQUIRE(calls.back().status == want.back());
  }
}

TEST_CASE("a slot that is used again starts clean") {
  PendingCalls calls;
  auto& first = calls.add();
  first.path = "/secret";
  first.request_body_bytes = 9;
  calls.pop_front();
  const auto& second = calls.add();
  CHECK(second.path.empty());
  CHECK(second.request_body_bytes == 0);
}

TEST_CASE("pending calls are bounded") {
  PendingCalls calls;
  for (std::size_t i = 0; i < PendingCalls::kMost; ++i) {
    REQUIRE_FALSE(calls.is_full());
    calls.add();
  }
  CHECK(calls.is_full());
}

}  // namespace
}  // namespace meshctl::tap
