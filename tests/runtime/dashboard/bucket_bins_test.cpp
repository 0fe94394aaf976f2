#include "runtime/dashboard/bucket_bins.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

namespace meshctl::dashboard {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

/// What Prometheus' histogram_quantile() says (promql/quantile.go, bucketQuantile).
double histogram_quantile(const CumulativeBuckets& buckets, double q) {
  const double rank = q * static_cast<double>(buckets.back().second);
  double low = 0;
  double below = 0;
  for (const auto& [upper, up_to] : buckets) {
    const auto count = static_cast<double>(up_to);
    if (count >= rank && count > below)
      return std::isinf(upper) ? low : low + (upper - low) * (rank - below) / (count - below);
    low = upper;
    below = count;
  }
  return low;
}

TEST_CASE("quantiles of spread buckets are those of histogram_quantile") {
  const CumulativeBuckets buckets{{0.0005, 1000}, {0.001, 4000},     {0.0025, 4000}, {0.005, 9000},
                                  {0.01, 9500},   {0.025, 9900},     {10, 9950},     {30, 9990},
                                  {60, 9990},     {kInfinite, 10000}};
  const auto spread = bins_of(buckets);
  CHECK(spread.count == 10000);
  for (const double q : {0.01, 0.05, 0.1, 0.25, 0.4, 0.5, 0.9, 0.94, 0.98, 0.99, 0.998, 1.0}) {
    CAPTURE(q);
    const double ours = static_cast<double>(spread.quantile(q).count()) / 1e9;
    CHECK(ours == doctest::Approx(histogram_quantile(buckets, q)).epsilon(0.04));
  }
}

TEST_CASE("a count that rises makes no bin fall") {
  for (const auto& [low, high] : {std::pair(0.0, 0.0005), std::pair(0.25, 0.5),
                                  std::pair(10.0, 30.0), std::pair(0.0005, 60.0)}) {
    telemetry::HistogramBins before;
    for (std::uint64_t count = 1; count < 2000; ++count) {
      CumulativeBuckets buckets{{high, count}, {kInfinite, count + count / 7}};
      if (low > 0) buckets.insert(buckets.begin(), {low, 0});
      const auto now = bins_of(buckets);
      REQUIRE(now.count == count + count / 7);
      const auto risen = now.since(before);
      REQUIRE(risen.count == now.count - before.count);
      for (const auto& bin : risen.bins) REQUIRE(bin.count <= 2);
      before = now;
    }
  }
}

TEST_CASE("buckets that make no sense count no call twice") {
  CHECK(bins_of({}).is_empty());
  CHECK(bins_of({{kInfinite, 7}}).count == 7);
  CHECK(bins_of({{0.1, 9}, {0.2, 5}, {kInfinite, 9}}).count == 9);
  CHECK(bins_of({{-1, 3}, {0.1, 5}, {kInfinite, 5}}).count <= 5);
}

}  // namespace
}  // namespace meshctl::dashboard
