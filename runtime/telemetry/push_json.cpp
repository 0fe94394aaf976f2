#include "runtime/telemetry/push_json.h"

#include <nlohmann/json.hpp>

namespace meshctl::telemetry {
namespace {

using Json = nlohmann::ordered_json;

Json histogram(const HistogramBins& bins) {
  Json list = Json::array();
  for (const auto& bin : bins.bins) list.push_back(Json::array({bin.index, bin.count}));
  return {{"sum_ns", bins.sum_ns},
          {"min_ns", bins.min_ns},
          {"max_ns", bins.max_ns},
          {"bins", std::move(list)}};
}

Json failures(const CallTotals& totals) {
  Json json = Json::object();
  for (std::size_t i = 0; i < totals.by_failure.size(); ++i) {
    if (totals.by_failure[i] != 0) json[std::string(failure_name(i))] = totals.by_failure[i];
  }
  return json;
}

Json route(const RouteStats& stats) {
  const auto& totals = stats.totals;
  return {{"route", stats.route},
          {"calls", totals.calls},
          {"errors", totals.errors},
          {"client_aborts", totals.client_aborts},
          {"request_body_bytes", totals.request_body_bytes},
          {"response_body_bytes", totals.response_body_bytes},
          {"by_class", totals.by_class},
          {"by_failure", failures(totals)},
          {"duration", histogram(totals.duration)}};
}

}  // namespace

std::string push_json(const Snapshot& snapshot, const PushOrigin& origin,
                      const ProcessUsage& process, const std::optional<NodeUsage>& node) {
  using std::chrono::milliseconds;
  const auto start = snapshot.identity.started_at.time_since_epoch();
  Json json;
  json["format"] = "meshctl-push-1";
  json["service"] = snapshot.identity.service;
  json["namespace"] = origin.name_space;
  json["pod"] = snapshot.identity.pod;
  json["version"] = snapshot.identity.version;
  json["instance"] = origin.instance;
  json["sequence"] = origin.sequence;
  json["started_unix_ms"] = std::chrono::duration_cast<milliseconds>(start).count();
  json["uptime_ms"] = std::chrono::duration_cast<milliseconds>(snapshot.uptime).count();
  json["final"] = snapshot.is_final;
  json["active_calls"] = snapshot.active_calls;
  json["connections"] = {{"accepted", snapshot.connections.accepted},
                         {"open", snapshot.connections.open},
                         {"received_bytes", snapshot.connections.received_bytes},
                         {"sent_bytes", snapshot.connections.sent_bytes}};
  json["process"] = {{"cpu_ns", process.cpu.value_or(Duration{0}).count()},
                     {"memory_bytes", process.resident_bytes.value_or(0)}};
  if (node) {
    json["node"] = {{"cpu_busy_ns", node->cpu_busy.count()},
                    {"cpu_total_ns", node->cpu_total.count()},
                    {"memory_used_bytes", node->memory_used_bytes},
                    {"memory_total_bytes", node->memory_total_bytes}};
  }
  json["routes"] = Json::array();
  for (const RouteStats& stats : snapshot.routes) json["routes"].push_back(route(stats));
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace meshctl::telemetry
