#include "runtime/telemetry/json_stats.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "runtime/telemetry/report.h"
#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

TEST_CASE("the JSON holds the raw paths called most, with both bounds and without query") {
  Shard shard;
  shard.on_call(call("GET", "/users/7?token=secret", 200));
  shard.on_call(call("GET", "/users/7", 200));
  shard.on_call(call("GET", "/\xff\x1b", 200));
  for (int i = 0; i < 100; ++i) shard.on_call(call("GET", "/n/" + std::to_string(i), 404));
  const auto text = json_stats(snapshot_of(shard), RawPaths::Told);
  CHECK(text.find("secret") == std::string::npos);
  const auto paths = nlohmann::json::parse(text)["top_paths"];
  REQUIRE(paths.size() == 20);
  CHECK(paths[0] ==
        nlohmann::json{{"path", "/users/7"}, {"calls_at_least", 2}, {"calls_at_most", 2}});
  CHECK(paths[1]["path"] == "/%FF%1B");
}

TEST_CASE("raw paths that are withheld are null, in a report too") {
  Shard shard;
  shard.on_call(call("GET", "/reset/Zm9vYmFyMTIzNDU2", 200));
  for (const auto& text :
       {json_stats(snapshot_of(shard), RawPaths::Withheld), json_report(snapshot_of(shard), {})}) {
    CHECK(text.find("Zm9v") == std::string::npos);
    const auto json = nlohmann::json::parse(text);
    CHECK(json["top_paths"].is_null());
    CHECK(json["routes"][0]["route"] == "/reset/{id}");
  }
}

TEST_CASE("the JSON holds every count and bins that give the quantiles back") {
  Shard shard;
  shard.on_call(
      call("GET", "/a", 200, std::chrono::nanoseconds(2'000'000), 3, 9'007'199'254'740'993));
  shard.on_call(call("GET", "/a", 503, std::chrono::nanoseconds(4'000'000)));
  shard.on_call(failed_call("/b", 0, ErrorType::ClientAbort));
  shard.on_active_calls(2);
  shard.connections().speaks(ConnectionProtocol::Http1);
  const auto text = json_stats(snapshot_of(shard), RawPaths::Told);
  CHECK(text.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(text);
  CHECK(json["schema"] == "meshctl.stats/1");
  CHECK(json["service"] == "web");
  CHECK(json["pod"] == "web-1");
  CHECK(json["version"] == "0.1.0");
  CHECK(json["start_time_unix_ms"] == 1'700'000'000'123);
  CHECK(json["uptime_seconds"] == 10.0);
  const auto& totals = json["totals"];
  CHECK(totals["calls"] == 3);
  CHECK(totals["errors"] == 1);
  CHECK(totals["client_aborts"] == 1);
  CHECK(totals["active_calls"] == 2);
  CHECK(totals["request_body_bytes"] == 3);
  CHECK(totals["response_body_bytes"] == 9'007'199'254'740'993);
  CHECK(totals["by_status"] == nlohmann::json{{"0", 1}, {"200", 1}, {"503", 1}});
  CHECK(totals["by_error"]["client_abort"] == 1);
  CHECK(totals["by_error"]["upstream_reset"] == 0);
  CHECK(totals["duration"]["count"] == 3);
  CHECK(totals["duration"]["sum_ns"] == 7'000'000);
  CHECK(totals["duration"]["max_ns"] == 4'000'000);
  CHECK(totals["time_to_first_byte"]["count"] == 2);
  CHECK(json["connections"]["by_protocol"]["http1"] == 1);
  REQUIRE(json["routes"].size() == 2);
  const auto& route = json["routes"][0];
  CHECK(route["route"] == "/a");
  HistogramBins bins;
  for (const auto& bin : route["duration"]["bins"]) {
    bins.bins.push_back({bin[0], bin[1]});
    bins.count += bins.bins.back().count;
  }
  bins.min_ns = route["duration"]["min_ns"];
  bins.max_ns = route["duration"]["max_ns"];
  CHECK(bins.count == 2);
  CHECK(static_cast<double>(bins.quantile(0.5).count()) / 1e9 ==
        doctest::Approx(route["duration"]["p50_seconds"].get<double>()));
}

TEST_CASE("an empty snapshot and an identity that is not UTF-8 are JSON too") {
  Shard shard;
  auto snapshot = snapshot_of(shard);
  snapshot.identity.pod = "\xff\"\n";
  const auto json = nlohmann::json::parse(json_stats(snapshot, RawPaths::Told));
  CHECK(json["pod"] == "\xEF\xBF\xBD\"\n");
  CHECK(json["routes"].empty());
  CHECK(json["totals"]["duration"]["bins"].empty());
}

}  // namespace
}  // namespace meshctl::telemetry
