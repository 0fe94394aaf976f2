#include "runtime/proxy/access_log.h"

#include <doctest/doctest.h>

#include <cmath>

namespace meshctl::proxy {
namespace {

TEST_CASE("a sample has its share of any stretch, and of any period") {
  for (const double share : {0.001, 0.1, 0.5, 0.9}) {
    CAPTURE(share);
    for (const int period : {1, 2, 3, 10, 100}) {
      CAPTURE(period);
      SpreadSample sample(static_cast<std::uint64_t>(std::ldexp(share, 64)));
      int taken = 0;
      const int calls = 100'000;
      for (int i = 0; i < calls * period; ++i) {
        const bool is_taken = sample.take();
        if (i % period == 0 && is_taken) ++taken;
      }
      CHECK(std::abs(taken - share * calls) <= 10);
    }
  }
}

TEST_CASE("all and none are exactly that") {
  SpreadSample all(AccessLogConfig::kAll);
  SpreadSample none(0);
  for (int i = 0; i < 10'000; ++i) {
    CHECK(all.take());
    CHECK_FALSE(none.take());
  }
}

}  // namespace
}  // namespace meshctl::proxy
