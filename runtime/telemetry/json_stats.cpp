#include "runtime/telemetry/json_stats.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace meshctl::telemetry {
namespace {

using Json = nlohmann::ordered_json;

double seconds(Duration duration) {
  return static_cast<double>(duration.count()) / 1e9;
}

Json histogram(const HistogramBins& bins) {
  Json list = Json::array();
  for (const auto& bin : bins.bins) list.push_back(Json::array({bin.index, bin.count}));
  return {{"count", bins.count},
          {"sum_ns", bins.sum_ns},
          {"min_ns", bins.min_ns},
          {"max_ns", bins.max_ns},
          {"mean_seconds", seconds(bins.mean())},
          {"p50_seconds", seconds(bins.quantile(0.5))},
          {"p90_seconds", seconds(bins.quantile(0.9))},
          {"p95_seconds", seconds(bins.quantile(0.95))},
          {"p99_seconds", seconds(bins.quantile(0.99))},
          {"p999_seconds", seconds(bins.quantile(0.999))},
          {"bins", std::move(list)}};
}

void put_totals(Json& json, const CallTotals& totals) {
  json["calls"] = totals.calls;
  json["errors"] = totals.errors;
  json["client_aborts"] = totals.client_aborts;
  json["request_body_bytes"] = totals.request_body_bytes;
  json["response_body_bytes"] = totals.response_body_bytes;
  json["duration"] = histogram(totals.duration);
  json["time_to_first_byte"] = histogram(totals.time_to_first_byte);
}

/// `{"name": count}` for each value of an enumeration from `first` on, zeros too.
template <typename Enum, std::size_t N>
Json named(const std::array<std::uint64_t, N>& counts, std::size_t first) {
  Json json = Json::object();
  for (std::size_t i = first; i < N; ++i)
    json[std::string(name_of(static_cast<Enum>(i)))] = counts[i];
  return json;
}

Json connections(const ConnectionTotals& totals) {
  return {{"accepted", totals.accepted},
          {"open", totals.open},
          {"received_bytes", totals.received_bytes},
          {"sent_bytes", totals.sent_bytes},
          {"accept_failures", totals.accept_failures},
          {"by_protocol", named<ConnectionProtocol>(totals.by_protocol, 0)},
          {"upstream_connect_failures", named<ErrorType>(totals.upstream_connect_failures, 1)},
          {"tap_doubts", named<TapDoubt>(totals.doubts, 0)}};
}

}  // namespace

std::string json_stats(const Snapshot& snapshot) {
  using std::chrono::milliseconds;
  const auto start = snapshot.identity.started_at.time_since_epoch();
  Json json;
  json["schema"] = "meshctl.stats/1";
  json["service"] = snapshot.identity.service;
  json["pod"] = snapshot.identity.pod;
  json["version"] = snapshot.identity.version;
  json["start_time_unix_ms"] = std::chrono::duration_cast<milliseconds>(start).count();
  json["uptime_seconds"] = seconds(snapshot.uptime);
  json["uptime_ns"] = snapshot.uptime.count();
  json["histogram"] = {{"unit", "ns"},
                       {"sub_buckets", bins::kSubBuckets},
                       {"first_octave", bins::kFirstOctave},
                       {"lowest_ns", bins::kLowest},
                       {"highest_ns", bins::kHighest}};
  Json totals;
  put_totals(totals, snapshot.totals);
  totals["active_calls"] = snapshot.active_calls;
  Json statuses = Json::object();
  for (const auto& [status, count] : snapshot.by_status) statuses[std::to_string(status)] = count;
  totals["by_status"] = std::move(statuses);
  Json grpc_statuses = Json::object();
  for (const auto& [code, count] : snapshot.by_grpc_status) {
    const bool has_code = code != kNoGrpcStatus;
    grpc_statuses[std::string(has_code ? grpc_status_name(code) : "")] = count;
  }
  totals["by_grpc_status"] = std::move(grpc_statuses);
  totals["by_error"] = named<ErrorType>(snapshot.by_error, 1);
  json["totals"] = std::move(totals);
  json["routes"] = Json::array();
  for (const RouteStats& stats : snapshot.routes) {
    Json route{{"route", stats.route}};
    put_totals(route, stats.totals);
    json["routes"].push_back(std::move(route));
  }
  json["connections"] = connections(snapshot.connections);
  // The identity comes from the environment: what is not UTF-8 in it becomes U+FFFD.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace meshctl::telemetry
