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

Json by_name(const NameTotals& totals) {
  Json json = Json::object();
  for (const auto& [name, count] : totals) json[name] = count;
  return json;
}

Json messages(const StreamTotals& streams, MessageProtocol protocol) {
  Json json = Json::object();
  const auto& flows = streams.messages[static_cast<std::size_t>(protocol)];
  for (std::size_t flow = 0; flow < flows.size(); ++flow) {
    json[std::string(name_of(static_cast<Flow>(flow)))] = {{"messages", flows[flow].messages},
                                                           {"bytes", flows[flow].bytes}};
  }
  return json;
}

Json streams_of(const StreamTotals& streams) {
  Json json = Json::object();
  for (std::size_t i = 0; i < streams.kinds.size(); ++i) {
    const auto& kind = streams.kinds[i];
    json[std::string(name_of(static_cast<StreamKind>(i)))] = {
        {"active", kind.active},
        {"ended", kind.ended},
        {"errors", kind.errors},
        {"duration", histogram(kind.duration)}};
  }
  return json;
}

Json messages_of(const StreamTotals& streams) {
  Json json = Json::object();
  for (int i = 0; i < kMessageProtocols; ++i) {
    const auto protocol = static_cast<MessageProtocol>(i);
    json[std::string(name_of(protocol))] = messages(streams, protocol);
  }
  return json;
}

/// `{"code": count}`, the codes that came up.
Json closes_of(const StreamTotals& streams) {
  Json json = Json::object();
  for (std::size_t i = 0; i < streams.closes.size(); ++i) {
    if (streams.closes[i] != 0) json[std::string(close_code_name(i))] = streams.closes[i];
  }
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
          {"tap_doubts", named<TapDoubt>(totals.doubts, 0)},
          {"tls",
           {{"versions", by_name(totals.tls_versions)},
            {"alpn", by_name(totals.tls_alpn)},
            {"server_names", by_name(totals.tls_server_names)}}},
          {"server_first", by_name(totals.server_first)}};
}

Json top_paths(const Snapshot& snapshot) {
  Json list = Json::array();
  for (const TopPath& path : snapshot.top_paths) {
    list.push_back({{"path", path.path},
                    {"calls_at_most", path.calls},
                    {"calls_at_least", path.calls - path.error}});
  }
  return list;
}

}  // namespace

std::string json_stats(const Snapshot& snapshot, RawPaths raw_paths) {
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
  json["final"] = snapshot.is_final;
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
  json["top_paths"] = raw_paths == RawPaths::Told ? top_paths(snapshot) : Json();
  json["streams"] = streams_of(snapshot.streams);
  json["messages"] = messages_of(snapshot.streams);
  json["websocket_closes"] = closes_of(snapshot.streams);
  json["connections"] = connections(snapshot.connections);
  json["access_log"] = {{"dropped_lines", snapshot.access_log_dropped_lines}};
  // The identity comes from the environment: what is not UTF-8 in it becomes U+FFFD.
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace meshctl::telemetry
