#include "runtime/telemetry/otlp_json.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

using nlohmann::json;

json metric(const json& request, const std::string& name) {
  for (const auto& each : request["resourceMetrics"][0]["scopeMetrics"][0]["metrics"]) {
    if (each["name"] == name) return each;
  }
  return {};
}

json attributes(const json& point) {
  json found = json::object();
  for (const auto& each : point["attributes"]) found[each["key"]] = each["value"].begin().value();
  return found;
}

TEST_CASE("a call is a point of the semantic conventions, its integers strings") {
  Shard shard;
  auto traced = call("GET", "/a", 503, std::chrono::milliseconds(2), 10, 300);
  traced.trace = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736};
  shard.on_call(traced);
  shard.on_active_calls(-1);
  const auto request = json::parse(otlp_json(
      snapshot_of(shard), {std::chrono::milliseconds(1500), {}, {}}, {{"service.name", "w\xff"}}));
  const auto duration = metric(request, "http.server.request.duration");
  CHECK(duration["unit"] == "s");
  CHECK(duration["histogram"]["aggregationTemporality"] == 2);
  const auto& point = duration["histogram"]["dataPoints"][0];
  CHECK(attributes(point) == json{{"http.request.method", "GET"},
                                  {"url.scheme", "http"},
                                  {"http.route", "/a"},
                                  {"http.response.status_code", "503"},
                                  {"network.protocol.version", "1.1"},
                                  {"error.type", "503"}});
  CHECK(point["count"] == "1");
  CHECK(point["sum"] == 0.002);
  CHECK(point["startTimeUnixNano"] == "1700000000123000000");
  CHECK(point["timeUnixNano"] == "1700000010123000000");
  REQUIRE(point["bucketCounts"].size() == point["explicitBounds"].size() + 1);
  CHECK(point["explicitBounds"][2] == 0.0025);
  CHECK(point["bucketCounts"][2] == "1");
  CHECK(point["exemplars"][0]["traceId"] == "4bf92f3577b34da6a3ce929d0e0e4736");
  CHECK(point["exemplars"][0]["timeUnixNano"] == "1700000000125000000");
  const auto sizes = metric(request, "http.server.response.body.size")["histogram"]["dataPoints"];
  CHECK(sizes[0]["sum"] == 300.0);
  const auto active = metric(request, "http.server.active_requests")["sum"];
  CHECK(active["isMonotonic"] == false);
  CHECK(active["dataPoints"][0]["asInt"] == "-1");
  CHECK(metric(request, "process.cpu.time")["sum"]["dataPoints"][0]["asDouble"] == 1.5);
  CHECK(metric(request, "rpc.server.call.duration").is_null());  // no point, no metric
  CHECK(metric(request, "process.memory.usage").is_null());
  CHECK(attributes(request["resourceMetrics"][0]["resource"])["service.name"] == "w\xef\xbf\xbd");
}

TEST_CASE("a gRPC call is a point of the RPC conventions") {
  Shard shard;
  auto grpc = call("POST", "/pkg.Service/Method", 200);
  grpc.protocol = CallProtocol::Grpc;
  grpc.grpc_status = 14;
  shard.on_call(grpc);
  const auto request = json::parse(otlp_json(snapshot_of(shard), {}, {}));
  const auto rpc = metric(request, "rpc.server.call.duration");
  CHECK(attributes(rpc["histogram"]["dataPoints"][0]) ==
        json{{"rpc.system.name", "grpc"},
             {"rpc.method", "pkg.Service/Method"},
             {"rpc.response.status_code", "UNAVAILABLE"},
             {"error.type", "UNAVAILABLE"}});
  CHECK(metric(request, "http.server.request.duration").is_null());
}

TEST_CASE("what a collector refuses in part is read, and nonsense is nothing") {
  const auto said =
      read_partial_success(R"({"partialSuccess":{"rejectedDataPoints":"3","errorMessage":"old"}})");
  REQUIRE(said);
  CHECK(said->rejected_data_points == 3);
  CHECK(said->message == "old");
  CHECK(read_partial_success(R"({"partialSuccess":{"rejectedDataPoints":3}})")
            ->rejected_data_points == 3);
  for (const auto* body :
       {"", "{}", "[]", "nonsense", R"({"partialSuccess":{}})", R"({"partialSuccess":7})",
        R"({"partialSuccess":{"rejectedDataPoints":"0"}})",
        R"({"partialSuccess":{"rejectedDataPoints":-1,"errorMessage":{}}})"}) {
    CAPTURE(body);
    CHECK(!read_partial_success(body));
  }
}

}  // namespace
}  // namespace meshctl::telemetry
