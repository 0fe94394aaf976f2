#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <vector>

#include "runtime/telemetry/html_page.h"
#include "runtime/telemetry/json_stats.h"
#include "runtime/telemetry/prometheus_text.h"
#include "tests/runtime/telemetry/calls.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

/// The best of several, for a machine that has other things to do.
template <typename Work>
double best_milliseconds(Work work) {
  double best = 1e9;
  for (int i = 0; i < 15; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
    best = std::min(best, took.count());
  }
  return best;
}

void fill(Shard& shard, const std::vector<std::string>& texts) {
  for (int route = 0; route < 200; ++route) {
    const auto path = texts[static_cast<std::size_t>(route)];
    for (int i = 0; i < 50; ++i) {
      const auto duration = std::chrono::microseconds(100 + 37 * i * (1 + route % 7));
      shard.on_call(call("GET", path, i % 10 == 0 ? 404 : 200, duration, 0, 1000));
      shard.on_call(call("POST", path, 200, duration, 1000, 10));
    }
  }
}

TEST_CASE("what a scrape of 200 routes costs: the snapshot on the loop, the text on the pool") {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < RouteTable::kMaxRoutes; ++i) texts.push_back("/" + word(i + 1));
  RouteTable routes({RouteSource::Explicit, templates(texts)});
  Shard shard(routes);
  fill(shard, texts);
  const auto snapshot = snapshot_of(shard);
  CHECK(snapshot.routes.size() == RouteTable::kMaxRoutes);
  const auto on_loop = best_milliseconds([&] { CHECK_FALSE(snapshot_of(shard).routes.empty()); });
  const auto metrics = best_milliseconds(
      [&] { CHECK_FALSE(prometheus_text(snapshot, {}, TextFormat::Prometheus).empty()); });
  const auto json =
      best_milliseconds([&] { CHECK_FALSE(json_stats(snapshot, RawPaths::Told).empty()); });
  const auto page = best_milliseconds(
      [&] { CHECK_FALSE(html_page(snapshot, nullptr, false, RawPaths::Told).empty()); });
  MESSAGE(
      fmt::format("{} routes, {} series: snapshot {:.2f} ms, /metrics {:.2f} ms, /stats.json "
                  "{:.2f} ms, / {:.2f} ms",
                  snapshot.routes.size(), snapshot.series.size(), on_loop, metrics, json, page));
}

}  // namespace
}  // namespace meshctl::telemetry
