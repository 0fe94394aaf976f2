#include "runtime/base/parallel.h"

#include <doctest/doctest.h>

#include <stdexcept>

namespace meshctl {
namespace {

TEST_CASE("every index is worked on once, whatever their number") {
  for (const std::size_t count : {0U, 1U, 15U, 16U, 33U, 10000U}) {
    CAPTURE(count);
    std::vector<int> calls(count);
    for_each_index(count, [&](std::size_t i) { ++calls[i]; });
    CHECK(std::ranges::all_of(calls, [](int each) { return each == 1; }));
  }
}

TEST_CASE("an exception comes out after the others are done") {
  std::vector<int> calls(1000);
  CHECK_THROWS_AS(for_each_index(calls.size(),
                                 [&](std::size_t i) {
                                   ++calls[i];
                                   if (i == 500) throw std::runtime_error("no");
                                 }),
                  std::runtime_error);
}

}  // namespace
}  // namespace meshctl
