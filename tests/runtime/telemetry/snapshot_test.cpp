#include "runtime/telemetry/snapshot.h"

#include <doctest/doctest.h>

#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::milliseconds;
using Statuses = std::vector<std::pair<std::uint16_t, std::uint64_t>>;

TEST_CASE("a snapshot counts each call once in every view") {
  Shard shard;
  shard.on_call(call("GET", "/users/1", 200, milliseconds(4), 0, 100));
  shard.on_call(call("GET", "/users/2", 503, milliseconds(8), 0, 50));
  shard.on_call(call("POST", "/orders", 201, milliseconds(2), 30, 5));
  shard.on_call(failed_call("/users/3", 0, ErrorType::ClientAbort));
  shard.on_call(failed_call("/users/3", 502, ErrorType::UpstreamRefused));
  const auto got = snapshot_of(shard, 10);
  CHECK(got.totals.calls == 5);
  CHECK(got.totals.errors == 2);
  CHECK(got.totals.client_aborts == 1);
  CHECK(got.totals.request_body_bytes == 30);
  CHECK(got.totals.response_body_bytes == 155);
  CHECK(got.totals.duration.count == 5);
  CHECK(got.totals.duration.max_ns == 8'000'000);
  CHECK(got.totals.time_to_first_byte.count == 4);  // the abort had no response
  CHECK(got.totals.time_to_first_byte.max_ns == 4'000'000);
  CHECK(got.by_status == Statuses{{0, 1}, {200, 1}, {201, 1}, {502, 1}, {503, 1}});
  CHECK(got.by_error[static_cast<std::size_t>(ErrorType::None)] == 3);
  CHECK(got.by_error[static_cast<std::size_t>(ErrorType::ClientAbort)] == 1);
  CHECK(got.by_error[static_cast<std::size_t>(ErrorType::UpstreamRefused)] == 1);
  REQUIRE(got.routes.size() == 2);
  CHECK(got.routes[0].route == "/users/{id}");
  CHECK(got.routes[0].totals.calls == 4);
  CHECK(got.routes[0].totals.errors == 2);
  CHECK(got.routes[1].route == "/orders");
  CHECK(got.series.size() == 5);
  CHECK(got.uptime == std::chrono::seconds(10));
  CHECK(got.calls_per_second() == doctest::Approx(0.5));
}

TEST_CASE("two shards count like one that took all calls") {
  Shard one, two, both;
  const CallRecord calls[] = {
      call("GET", "/b", 200, milliseconds(1), 1, 2), call("GET", "/a", 200, milliseconds(9), 3, 4),
      call("GET", "/b", 500, milliseconds(5), 5, 6), call("PUT", "/c", 204, milliseconds(2), 7, 0)};
  for (std::size_t i = 0; i < 4; ++i) {
    (i % 2 == 0 ? one : two).on_call(calls[i]);
    (i % 2 == 0 ? one : two).connections().accepted.add(i);
    (i % 2 == 0 ? one : two).connections().doubted(TapDoubt::HeadTooLarge);
    (i % 2 == 0 ? one : two).connections().speaks(ConnectionProtocol::Tls);
    (i % 2 == 0 ? one : two).connections().connect_failed(ErrorType::UpstreamTimeout);
    both.on_call(calls[i]);
    both.connections().accepted.add(i);
    both.connections().doubted(TapDoubt::HeadTooLarge);
    both.connections().speaks(ConnectionProtocol::Tls);
    both.connections().connect_failed(ErrorType::UpstreamTimeout);
  }
  const Shard* shards[] = {&one, &two};
  const auto who = web_identity();
  const auto merged = take(shards, who, who.started);
  const auto want = snapshot_of(both, 0);
  CHECK(merged.totals.calls == 4);
  CHECK(merged.totals.duration == want.totals.duration);
  CHECK(merged.by_status == want.by_status);
  CHECK(merged.by_error == want.by_error);
  CHECK(merged.connections.accepted == 6);
  CHECK(merged.connections.open == 6);
  CHECK(merged.connections.doubts == want.connections.doubts);
  CHECK(merged.connections.by_protocol == want.connections.by_protocol);
  CHECK(merged.connections.upstream_connect_failures[2] == 4);
  REQUIRE(merged.routes.size() == want.routes.size());
  for (std::size_t i = 0; i < want.routes.size(); ++i) {
    CHECK(merged.routes[i].route == want.routes[i].route);
    CHECK(merged.routes[i].totals.duration == want.routes[i].totals.duration);
  }
  REQUIRE(merged.series.size() == want.series.size());
  for (std::size_t i = 0; i < want.series.size(); ++i) {
    CHECK(merged.series[i].route == want.series[i].route);
    CHECK(merged.series[i].duration == want.series[i].duration);
    CHECK(merged.series[i].response_body == want.series[i].response_body);
  }
}

TEST_CASE("a difference holds the interval's calls only, and levels as they are now") {
  Shard shard;
  shard.on_call(call("GET", "/a", 200, milliseconds(1), 10, 20));
  shard.on_call(call("GET", "/quiet", 500));
  shard.connections().accepted.add(5);
  shard.connections().sent_bytes.add(100);
  const auto earlier = snapshot_of(shard, 10);
  for (int i = 0; i < 6; ++i) shard.on_call(call("GET", "/a", 200, milliseconds(100), 1, 2));
  shard.on_call(call("GET", "/new", 404));
  shard.on_call(failed_call("/a", 200, ErrorType::UpstreamReset));
  shard.on_active_calls(3);
  shard.connections().accepted.add(1);
  shard.connections().closed.add(2);
  shard.connections().sent_bytes.add(11);
  const auto got = difference(snapshot_of(shard, 12), earlier);
  CHECK(got.covers == std::chrono::seconds(2));
  CHECK(got.uptime == std::chrono::seconds(12));
  CHECK(got.totals.calls == 8);
  CHECK(got.calls_per_second() == doctest::Approx(4));
  CHECK(got.totals.errors == 1);
  CHECK(got.totals.request_body_bytes == 6);
  CHECK(got.totals.response_body_bytes == 12);
  CHECK(got.by_status == Statuses{{200, 7}, {404, 1}});
  CHECK(got.by_error[static_cast<std::size_t>(ErrorType::UpstreamReset)] == 1);
  REQUIRE(got.routes.size() == 2);
  CHECK(got.routes[0].route == "/a");
  CHECK(got.routes[0].totals.calls == 7);
  CHECK(got.routes[1].route == "{not_found}");
  CHECK(got.routes[0].totals.duration.quantile(0.5) > milliseconds(98));
  CHECK(got.active_calls == 3);
  CHECK(got.connections.accepted == 1);
  CHECK(got.connections.open == 4);
  CHECK(got.connections.sent_bytes == 11);
}

}  // namespace
}  // namespace meshctl::telemetry
