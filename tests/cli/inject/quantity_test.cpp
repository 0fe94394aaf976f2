#include "cli/inject/quantity.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::inject {
namespace {

// The values are those of k8s.io/apimachinery, resource.ParseQuantity.
TEST_CASE("quantities of every suffix have their value") {
  struct Row {
    const char* text;
    double want;
  };
  const Row rows[] = {
      {"0", 0},
      {"250m", 0.25},
      {"0.5", 0.5},
      {".5", 0.5},
      {"5.", 5},
      {"+5", 5},
      {"100n", 1e-7},
      {"100u", 1e-4},
      {"2k", 2000},
      {"64M", 64e6},
      {"1G", 1e9},
      {"1T", 1e12},
      {"1P", 1e15},
      {"1E", 1e18},
      {"1Ki", 1024},
      {"64Mi", 67108864},
      {"1.5Gi", 1.5 * 1073741824.0},
      {"1Ti", 1099511627776.0},
      {"1Pi", 1125899906842624.0},
      {"1Ei", 1152921504606846976.0},
      {"1e3", 1000},
      {"1E3", 1000},
      {"1e+3", 1000},
      {"5e-1", 0.5},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto value = parse_quantity(row.text);
    REQUIRE(value);
    CHECK(*value == doctest::Approx(row.want).epsilon(1e-12));
  }
}

TEST_CASE("what the API server would not take is no quantity") {
  for (const std::string text :
       {"", ".", "m", "-5", "1.2.3", "10 m", "64mb", "1K", "1ki", "0x10", "1e", "1e 3", "1e+-3",
        "1Ee3", "1e3m", "1e400", "5 ", "1_0", "inf"}) {
    CAPTURE(text);
    CHECK_FALSE(parse_quantity(text));
  }
}

}  // namespace
}  // namespace meshctl::inject
