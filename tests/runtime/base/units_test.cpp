#include "runtime/base/units.h"

#include <doctest/doctest.h>

namespace meshctl {
namespace {

TEST_CASE("bytes are rounded to three digits and never take more than seven columns") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(999) == "999 B");
  CHECK(human_bytes(1000) == "1.00 kB");
  CHECK(human_bytes(12'345) == "12.3 kB");
  CHECK(human_bytes(999'499) == "999 kB");
  CHECK(human_bytes(999'500) == "1.00 MB");
  CHECK(human_bytes(1'073'741'824) == "1.07 GB");
  CHECK(human_bytes(UINT64_MAX) == "18.4 EB");
}

TEST_CASE("durations are rounded to three digits and never take more than seven columns") {
  using std::chrono::nanoseconds;
  CHECK(human_duration(nanoseconds(0)) == "0 ns");
  CHECK(human_duration(nanoseconds(830)) == "830 ns");
  CHECK(human_duration(nanoseconds(12'340)) == "12.3 us");
  CHECK(human_duration(nanoseconds(999'600)) == "1.00 ms");
  CHECK(human_duration(std::chrono::milliseconds(1200)) == "1.20 s");
  CHECK(human_duration(std::chrono::minutes(12)) == "12 m");
}

TEST_CASE("counts stay exact to five digits") {
  CHECK(human_count(0) == "0");
  CHECK(human_count(99'999) == "99999");
  CHECK(human_count(100'000) == "100 k");
  CHECK(human_count(4'510'000) == "4.51 M");
}

TEST_CASE("decimal seconds lose no nanosecond") {
  using std::chrono::nanoseconds;
  CHECK(decimal_seconds(nanoseconds(0)) == "0");
  CHECK(decimal_seconds(nanoseconds(1)) == "0.000000001");
  CHECK(decimal_seconds(nanoseconds(2'500'000'000)) == "2.5");
  CHECK(decimal_seconds(std::chrono::hours(1)) == "3600");
}

}  // namespace
}  // namespace meshctl
