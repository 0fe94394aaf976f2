#include "runtime/dashboard/series_json.h"

#include <fmt/format.h>

#include <vector>

#include <nlohmann/json.hpp>

namespace meshctl::dashboard {
namespace {

using Json = nlohmann::ordered_json;

struct Column {
  std::string_view name;
  /// Null: there is no such figure for this slot.
  Json (*value)(const Slot& slot);
};

Json quantile(const Slot& slot, double q) {
  const auto& durations = slot.usage.duration;
  if (durations.is_empty()) return nullptr;
  return static_cast<double>(durations.quantile(q).count()) / 1e9;
}

const std::vector<Column>& columns() {
  static const std::vector<Column> all{
      {"calls", [](const Slot& slot) { return Json(slot.usage.calls); }},
      {"failed_calls", [](const Slot& slot) { return Json(slot.usage.errors); }},
      {"status_none", [](const Slot& slot) { return Json(slot.usage.by_class[0]); }},
      {"status_1xx", [](const Slot& slot) { return Json(slot.usage.by_class[1]); }},
      {"status_2xx", [](const Slot& slot) { return Json(slot.usage.by_class[2]); }},
      {"status_3xx", [](const Slot& slot) { return Json(slot.usage.by_class[3]); }},
      {"status_4xx", [](const Slot& slot) { return Json(slot.usage.by_class[4]); }},
      {"status_5xx", [](const Slot& slot) { return Json(slot.usage.by_class[5]); }},
      {"p50_seconds", [](const Slot& slot) { return quantile(slot, 0.5); }},
      {"p90_seconds", [](const Slot& slot) { return quantile(slot, 0.9); }},
      {"p99_seconds", [](const Slot& slot) { return quantile(slot, 0.99); }},
      {"request_bytes", [](const Slot& slot) { return Json(slot.usage.request_body_bytes); }},
      {"response_bytes", [](const Slot& slot) { return Json(slot.usage.response_body_bytes); }},
      {"cpu",
       [](const Slot& slot) {
         if (slot.cpu_total_ns == 0) return Json(nullptr);
         return Json(static_cast<double>(slot.cpu_busy_ns) /
                     static_cast<double>(slot.cpu_total_ns));
       }},
      {"memory_bytes",
       [](const Slot& slot) {
         return slot.machines == 0 ? Json(nullptr) : Json(slot.memory_bytes / slot.machines);
       }},
  };
  return all;
}

/// By type, the types that came up.
Json errors_json(const History::Excerpt& excerpt) {
  Json all = Json::object();
  for (std::size_t type = 0; type < telemetry::kFailures; ++type) {
    Json counts = Json::array();
    std::uint64_t sum = 0;
    for (const auto& [at, slot] : excerpt.slots) {
      sum += slot.usage.by_failure[type];
      counts.push_back(slot.usage.by_failure[type]);
    }
    if (sum != 0) all[std::string(telemetry::failure_name(type))] = std::move(counts);
  }
  return all;
}

Json heatmap_json(const History::Excerpt& excerpt) {
  Json all = Json::array();
  for (const auto& [at, slot] : excerpt.slots) {
    Json bins = Json::array();
    for (const auto& bin : slot.usage.duration.bins)
      bins.push_back(Json::array({bin.index, bin.count}));
    all.push_back(std::move(bins));
  }
  return all;
}

}  // namespace

std::string series_json(const History::Excerpt& excerpt, bool with_heatmap) {
  Json json;
  json["format"] = "meshctl-series-1";
  json["step_seconds"] = static_cast<double>(excerpt.step) / 1000;
  json["times"] = Json::array();
  for (const auto& each : excerpt.slots) json["times"].push_back(each.at);
  for (const auto& column : columns()) {
    Json values = Json::array();
    for (const auto& each : excerpt.slots) values.push_back(column.value(each.slot));
    json[std::string(column.name)] = std::move(values);
  }
  json["errors"] = errors_json(excerpt);
  if (with_heatmap) json["heatmap"] = heatmap_json(excerpt);
  return json.dump();
}

std::string series_csv(const History::Excerpt& excerpt) {
  std::string csv = "time_unix_ms,step_seconds";
  for (const auto& column : columns()) csv += fmt::format(",{}", column.name);
  // All of them: a file of another hour has the same columns.
  for (std::size_t type = 0; type < telemetry::kFailures; ++type)
    csv += fmt::format(",errors_{}", telemetry::failure_name(type));
  csv += "\r\n";
  for (const auto& each : excerpt.slots) {
    csv += fmt::format("{},{}", each.at, static_cast<double>(excerpt.step) / 1000);
    for (const auto& column : columns()) {
      const auto value = column.value(each.slot);
      csv += ',';
      if (!value.is_null()) csv += value.dump();
    }
    for (const auto count : each.slot.usage.by_failure) csv += fmt::format(",{}", count);
    csv += "\r\n";
  }
  return csv;
}

}  // namespace meshctl::dashboard
