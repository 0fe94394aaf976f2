#include "runtime/telemetry/otlp_metrics.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::nanoseconds;

/// AGGREGATION_TEMPORALITY_CUMULATIVE; enums go as numbers (OTLP 1.x, "JSON Protobuf Encoding").
constexpr int kCumulative = 2;

std::string unix_nanoseconds(const Identity& identity, Duration since_start) {
  const auto start = nanoseconds(identity.started_at.time_since_epoch());
  return std::to_string((start + since_start).count());
}

}  // namespace

OtlpMetrics::OtlpMetrics(const Snapshot& snapshot)
    : identity_(snapshot.identity),
      start_(unix_nanoseconds(snapshot.identity, Duration{0})),
      now_(unix_nanoseconds(snapshot.identity, snapshot.uptime)) {}

OtlpMetrics::Json& OtlpMetrics::begin(const Named& named, std::string_view kind) {
  if (!metrics_.empty() && points().empty()) metrics_.erase(metrics_.size() - 1);
  kind_ = kind;
  metrics_.push_back(
      {{"name", named.name}, {"description", named.description}, {"unit", named.unit}});
  Json& data = metrics_.back()[kind_];
  data["aggregationTemporality"] = kCumulative;
  data["dataPoints"] = Json::array();
  return data;
}

void OtlpMetrics::begin_sum(const Named& named, Kind kind) {
  begin(named, "sum")["isMonotonic"] = kind == Kind::Counter;
}

void OtlpMetrics::begin_histogram(const Named& named) {
  begin(named, "histogram");
}

OtlpMetrics::Json& OtlpMetrics::points() {
  return metrics_.back()[kind_]["dataPoints"];
}

OtlpMetrics::Json OtlpMetrics::new_point(const Attributes& attributes) const {
  Json point = {{"startTimeUnixNano", start_}, {"timeUnixNano", now_}};
  if (!attributes.list().empty()) point["attributes"] = attributes.list();
  return point;
}

void OtlpMetrics::point(std::uint64_t value, const Attributes& attributes) {
  Json point = new_point(attributes);
  point["asInt"] = std::to_string(value);
  points().push_back(std::move(point));
}

void OtlpMetrics::point(std::int64_t value, const Attributes& attributes) {
  Json point = new_point(attributes);
  point["asInt"] = std::to_string(value);
  points().push_back(std::move(point));
}

void OtlpMetrics::point(Duration value) {
  Json point = new_point({});
  point["asDouble"] = std::chrono::duration<double>(value).count();
  points().push_back(std::move(point));
}

OtlpMetrics::Json OtlpMetrics::printed(const std::vector<Exemplar>& exemplars, double scale) const {
  Json list = Json::array();
  for (const Exemplar& exemplar : exemplars) {
    list.push_back({{"timeUnixNano", unix_nanoseconds(identity_, exemplar.at - identity_.started)},
                    {"asDouble", static_cast<double>(exemplar.value) / scale},
                    {"traceId", to_string(exemplar.trace)}});
  }
  return list;
}

OtlpMetrics::Json OtlpMetrics::take() {
  if (!metrics_.empty() && points().empty()) metrics_.erase(metrics_.size() - 1);
  return std::move(metrics_);
}

}  // namespace meshctl::telemetry
