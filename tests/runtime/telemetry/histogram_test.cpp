#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "runtime/telemetry/classic_buckets.h"
#include "runtime/telemetry/live_histogram.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::nanoseconds;

constexpr std::uint64_t kHour = 3'600'000'000'000;

/// Durations from 1 us to 1 h, drawn in one of several shapes.
std::vector<std::uint64_t> draw(std::mt19937_64& random, int shape, std::size_t size) {
  std::uniform_real_distribution<double> exponent(std::log(1e3), std::log(3.6e12));
  std::lognormal_distribution<double> around_2_ms(std::log(2e6), 1.0);
  std::uniform_int_distribution<std::uint64_t> flat(1'000, 50'000'000);
  std::vector<std::uint64_t> values(size);
  for (auto& value : values) {
    const double drawn = shape == 0   ? std::exp(exponent(random))
                         : shape == 1 ? around_2_ms(random)
                         : shape == 2 ? static_cast<double>(flat(random))
                                      : (random() % 100 == 0 ? 2e9 : 1e6);
    value = std::clamp(static_cast<std::uint64_t>(drawn), std::uint64_t{1'000}, kHour);
  }
  return values;
}

void record(LiveHistogram& histogram, const std::vector<std::uint64_t>& values) {
  for (const auto value : values) histogram.record(nanoseconds(static_cast<std::int64_t>(value)));
}

TEST_CASE("every bin holds what is between its edges and none is skipped") {
  for (int bin = bins::index_of(bins::kLowest); bin < bins::index_of(bins::kHighest); ++bin) {
    CAPTURE(bin);
    const auto lower = std::max(bins::lower_of(bin), bins::kLowest);
    const auto last = bins::lower_of(bin) + bins::width_of(bin) - 1;
    REQUIRE(bins::index_of(lower) == bin);
    REQUIRE(bins::index_of(last) == bin);
    REQUIRE(bins::index_of(last + 1) == bin + 1);
  }
}

TEST_CASE("durations beyond either end share the bin of that end") {
  CHECK(bins::index_of(0) == bins::index_of(1'000));
  CHECK(bins::index_of(UINT64_MAX) == bins::index_of(kHour));
  CHECK(bins::index_of(kHour) < bins::kBins);
  CHECK(bins::index_of(1'000) == 30);  // octave 9 is 512..1023 in steps of 16
}

TEST_CASE("a quantile is within 1.6 % of the exact one, whatever the distribution") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 40; ++round) {
    const auto shape = round % 4;
    auto values = draw(random, shape, 1 + random() % 3000);
    LiveHistogram histogram;
    record(histogram, values);
    const auto snapshot = histogram.read();
    std::ranges::sort(values);
    for (const double q : {0.0, 0.01, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1.0}) {
      CAPTURE(shape);
      CAPTURE(q);
      CAPTURE(values.size());
      const auto rank = std::max(1.0, std::ceil(q * static_cast<double>(values.size())));
      const auto exact = static_cast<double>(values[static_cast<std::size_t>(rank) - 1]);
      const auto got = static_cast<double>(snapshot.quantile(q).count());
      REQUIRE(std::abs(got - exact) <= exact * 0.016);
    }
  }
}

TEST_CASE("count, sum, least and greatest are exact, also beyond the ends") {
  LiveHistogram histogram;
  CHECK(histogram.read() == HistogramBins{});
  CHECK(histogram.read().quantile(0.5) == Duration{0});
  for (const std::int64_t ns : {250LL, 40'000LL, 40'001LL, 7'200'000'000'000LL})
    histogram.record(nanoseconds(ns));
  const auto got = histogram.read();
  CHECK(got.count == 4);
  CHECK(got.sum_ns == 7'200'000'080'251);
  CHECK(got.min_ns == 250);
  CHECK(got.max_ns == 7'200'000'000'000);
  CHECK(got.mean() == nanoseconds(1'800'000'020'062));
  CHECK(got.bins.size() == 3);
}

TEST_CASE("a single value is its own every quantile, and a negative one counts as 0") {
  LiveHistogram histogram;
  histogram.record(nanoseconds(1'234'567));
  CHECK(histogram.read().quantile(0.5) == nanoseconds(1'234'567));
  LiveHistogram other;
  other.record(nanoseconds(-5));
  CHECK(other.read().count == 1);
  CHECK(other.read().quantile(1) == Duration{0});
}

TEST_CASE("merging equals recording together") {
  std::mt19937_64 random(11);
  for (int round = 0; round < 20; ++round) {
    LiveHistogram one, two, both;
    const auto first = draw(random, round % 4, random() % 200);
    const auto second = draw(random, (round + 1) % 4, random() % 200);
    record(one, first);
    record(two, second);
    record(both, first);
    record(both, second);
    auto merged = one.read();
    merged.merge(two.read());
    REQUIRE(merged == both.read());
  }
}

TEST_CASE("a difference holds exactly what was recorded in between") {
  std::mt19937_64 random(13);
  for (int round = 0; round < 20; ++round) {
    LiveHistogram all, later;
    const auto before = draw(random, round % 4, random() % 200);
    const auto after = draw(random, (round + 2) % 4, 1 + random() % 200);
    record(all, before);
    const auto earlier = all.read();
    record(all, after);
    record(later, after);
    const auto got = all.read().since(earlier);
    const auto want = later.read();
    REQUIRE(got.bins == want.bins);
    REQUIRE(got.count == want.count);
    REQUIRE(got.sum_ns == want.sum_ns);
    REQUIRE(got.min_ns <= want.min_ns);
    REQUIRE(got.max_ns >= want.max_ns);
    REQUIRE(static_cast<double>(got.max_ns) <= static_cast<double>(want.max_ns) * 1.04);
  }
  LiveHistogram still;
  still.record(nanoseconds(5'000));
  CHECK(still.read().since(still.read()) == HistogramBins{});
}

template <const auto& Bounds>
void check_against_brute_force(std::mt19937_64& random) {
  ClassicBuckets<Bounds> buckets;
  std::vector<std::uint64_t> values;
  for (const auto bound : Bounds) {  // the edges themselves, and their neighbours
    values.push_back(bound);
    values.push_back(bound + 1);
    if (bound > 0) values.push_back(bound - 1);
  }
  for (int i = 0; i < 1000; ++i) values.push_back(random() % (Bounds.back() * 2) >> random() % 30);
  std::uint64_t sum = 0;
  for (const auto value : values) {
    buckets.record(value);
    sum += value;
  }
  const auto got = buckets.read();
  std::uint64_t cumulative = 0;
  for (std::size_t i = 0; i < Bounds.size(); ++i) {
    cumulative += got.counts[i];
    const auto at_most = std::ranges::count_if(values, [&](auto v) { return v <= Bounds[i]; });
    REQUIRE(cumulative == static_cast<std::uint64_t>(at_most));
  }
  CHECK(got.count() == values.size());
  CHECK(got.sum == sum);
  auto twice = got;
  twice.merge(got);
  CHECK(twice.count() == 2 * values.size());
  CHECK(twice.sum == 2 * sum);
}

TEST_CASE("classic buckets count what is at or below each bound") {
  std::mt19937_64 random(17);
  check_against_brute_force<kDurationBounds>(random);
  check_against_brute_force<kBodyBounds>(random);
}

}  // namespace
}  // namespace meshctl::telemetry
