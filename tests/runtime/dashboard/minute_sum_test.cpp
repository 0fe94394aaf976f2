#include "runtime/dashboard/minute_sum.h"

#include <doctest/doctest.h>

#include <random>

#include "runtime/dashboard/packing.h"

namespace meshctl::dashboard {
namespace {

Slot any_slot(std::mt19937& chance) {
  Slot slot;
  const auto any = [&](std::uint64_t most) { return std::uint64_t{chance()} % most; };
  slot.usage.calls = any(100);
  slot.usage.errors = any(100);
  slot.usage.client_aborts = any(100);
  slot.usage.request_body_bytes = any(100);
  slot.usage.response_body_bytes = any(100);
  for (auto& each : slot.usage.by_class) each = any(100);
  for (auto& each : slot.usage.by_failure) each = any(100);
  auto& durations = slot.usage.duration;
  for (std::uint64_t index = any(50); index < telemetry::bins::kBins; index += 1 + any(300)) {
    if (any(4) == 0) break;
    durations.bins.push_back({static_cast<std::uint16_t>(index), 1 + any(9)});
    durations.count += durations.bins.back().count;
  }
  if (durations.count != 0) {
    durations.min_ns = 1 + any(1000);
    durations.max_ns = 1000 + any(1000);
    durations.sum_ns = any(100'000);
  }
  slot.cpu_busy_ns = any(100);
  slot.cpu_total_ns = any(100);
  slot.machines = any(3);
  slot.memory_bytes = slot.machines * any(100);
  return slot;
}

TEST_CASE("slots in one go are what they are one behind the other") {
  std::mt19937 chance(11);
  MinuteSum minute;
  for (int round = 0; round < 300; ++round) {
    minute.clear();
    Slot one_by_one;
    for (auto slots = chance() % 6; slots > 0; --slots) {
      const auto slot = any_slot(chance);
      minute.add(slot);
      one_by_one.merge(slot, true);
    }
    // All that a slot holds is packed.
    REQUIRE(pack(minute.slot()) == pack(one_by_one));
  }
}

}  // namespace
}  // namespace meshctl::dashboard
