#include "runtime/dashboard/age_clock.h"

#include <doctest/doctest.h>

namespace meshctl::dashboard {
namespace {

constexpr Millis kDay = 24 * 3600 * 1000;

TEST_CASE("a clock that leaps ahead is believed when it stays there, not before") {
  AgeClock clock;
  Millis wall = 1000 * kDay;
  Instant steady{std::chrono::hours(1)};
  // How far it is behind the wall clock, so many milliseconds later.
  const auto after = [&](Millis millis) {
    wall += millis;
    steady += std::chrono::milliseconds(millis);
    return wall - clock.now(wall, steady);
  };
  CHECK(after(0) == 0);
  CHECK(after(1000) == 0);
  wall += kDay;
  CHECK(after(1000) == kDay);
  CHECK(after(1000) == kDay);
  wall -= kDay;  // it was put right
  CHECK(after(1000) == 0);
  wall += kDay;
  CHECK(after(1000) == kDay);
  for (int minute = 0; minute < 14; ++minute) CHECK(after(60'000) == kDay);
  CHECK(after(60'000) == 0);
  wall -= 3 * kDay;  // what it says is never held back
  CHECK(after(1000) == 0);
  wall += 30'000;  // small steps are no leap
  CHECK(after(1000) == 0);
}

}  // namespace
}  // namespace meshctl::dashboard
