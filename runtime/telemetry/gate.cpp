#include "runtime/telemetry/gate.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "runtime/base/units.h"

namespace meshctl::telemetry {
namespace {

enum class Unit { Count, Share, Rate, Time };

struct MetricName {
  std::string_view name;
  GateMetric metric;
  Unit unit;
};

constexpr std::array<MetricName, 12> kMetrics{{
    {"calls", GateMetric::Calls, Unit::Count},
    {"errors", GateMetric::Errors, Unit::Count},
    {"client_aborts", GateMetric::ClientAborts, Unit::Count},
    {"error_rate", GateMetric::ErrorRate, Unit::Share},
    {"rps", GateMetric::Rps, Unit::Rate},
    {"mean", GateMetric::Mean, Unit::Time},
    {"p50", GateMetric::P50, Unit::Time},
    {"p90", GateMetric::P90, Unit::Time},
    {"p95", GateMetric::P95, Unit::Time},
    {"p99", GateMetric::P99, Unit::Time},
    {"p99.9", GateMetric::P999, Unit::Time},
    {"max", GateMetric::Max, Unit::Time},
}};

/// Longer ones first: `>=` begins with `>`.
constexpr std::array<std::pair<std::string_view, GateOperator>, 6> kOperators{{
    {"<=", GateOperator::LessOrEqual},
    {">=", GateOperator::GreaterOrEqual},
    {"==", GateOperator::Equal},
    {"!=", GateOperator::NotEqual},
    {"<", GateOperator::Less},
    {">", GateOperator::Greater},
}};

constexpr std::array<std::pair<std::string_view, double>, 4> kTimeUnits{
    {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}}};

constexpr std::string_view kExample = "such as 'error_rate>1%' or 'p99>250ms on /orders/{id}'";

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(' ') - first + 1);
}

std::string metric_names() {
  std::string names;
  for (const MetricName& each : kMetrics) {
    names += (names.empty() ? "" : ", ") + std::string(each.name);
  }
  return names;
}

Unit unit_of(GateMetric metric) {
  return std::ranges::find(kMetrics, metric, &MetricName::metric)->unit;
}

/// The value in `text`; a problem says what is missing.
Result<double, GateProblem> parse_value(std::string_view text, const MetricName& metric) {
  const auto bad = [&](std::string_view want) {
    return fail(
        GateProblem{fmt::format("'{}' is no value for {}", text, metric.name), std::string(want)});
  };
  double number = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto unit = text.substr(static_cast<std::size_t>(parsed.ptr - text.data()));
  const bool is_number = parsed.ec == std::errc{} && number >= 0 && number <= 1e15;
  switch (metric.unit) {
    case Unit::Count:
    case Unit::Rate:
      if (is_number && unit.empty()) return number;
      return bad("write a number without unit");
    case Unit::Share:
      if (is_number && unit == "%" && number <= 100) return number / 100;
      // A bare 1 may be meant as either.
      if (is_number && unit.empty() && number < 1) return number;
      if (is_number && unit.empty() && number == 1) return bad("write 1% or 100%");
      return bad("write a share of the calls, such as 1% or 0.01");
    case Unit::Time:
      for (const auto& [name, seconds] : kTimeUnits) {
        if (is_number && unit == name) return number * seconds;
      }
      return bad("write a number and a unit, such as 250ms or 2s");
  }
  return bad("");
}

/// Whether no run could break it: who wrote it meant something else.
bool is_never(GateOperator op, double limit, Unit unit) noexcept {
  const bool is_least = limit == 0;
  const bool is_greatest = unit == Unit::Share && limit == 1;
  return (op == GateOperator::Less && is_least) || (op == GateOperator::Greater && is_greatest);
}

const CallTotals* totals_of(const Gate& gate, const Snapshot& snapshot) {
  if (gate.route.empty()) return &snapshot.totals;
  const auto found = std::ranges::find(snapshot.routes, gate.route, &RouteStats::route);
  return found == snapshot.routes.end() ? nullptr : &found->totals;
}

double seconds(Duration duration) {
  return std::chrono::duration<double>(duration).count();
}

double time_of(GateMetric metric, const HistogramBins& durations) {
  switch (metric) {
    case GateMetric::Mean: return seconds(durations.mean());
    case GateMetric::P50: return seconds(durations.quantile(0.5));
    case GateMetric::P90: return seconds(durations.quantile(0.9));
    case GateMetric::P95: return seconds(durations.quantile(0.95));
    case GateMetric::P99: return seconds(durations.quantile(0.99));
    case GateMetric::P999: return seconds(durations.quantile(0.999));
    default: return static_cast<double>(durations.max_ns) / 1e9;
  }
}

/// The metric of some calls; nothing if it takes calls and there are none.
std::optional<double> value_of(GateMetric metric, const CallTotals& totals, double run_seconds) {
  const auto calls = static_cast<double>(totals.calls);
  switch (metric) {
    case GateMetric::Calls: return calls;
    case GateMetric::Errors: return static_cast<double>(totals.errors);
    case GateMetric::ClientAborts: return static_cast<double>(totals.client_aborts);
    case GateMetric::Rps: return run_seconds > 0 ? calls / run_seconds : 0;
    default: break;
  }
  if (totals.calls == 0) return std::nullopt;
  if (metric == GateMetric::ErrorRate) return static_cast<double>(totals.errors) / calls;
  return time_of(metric, totals.duration);
}

bool holds(double left, GateOperator op, double right) {
  switch (op) {
    case GateOperator::Less: return left < right;
    case GateOperator::LessOrEqual: return left <= right;
    case GateOperator::Greater: return left > right;
    case GateOperator::GreaterOrEqual: return left >= right;
    case GateOperator::Equal: return left == right;
    case GateOperator::NotEqual: return left != right;
  }
  return false;
}

std::string say_value(GateMetric metric, double value, const CallTotals& totals) {
  switch (unit_of(metric)) {
    case Unit::Count: return fmt::format("{:.0f}", value);
    case Unit::Rate: return fmt::format("{:.1f} a second", value);
    case Unit::Share:
      return fmt::format("{:.2f} % ({} of {} calls)", 100 * value, totals.errors, totals.calls);
    case Unit::Time: return human_duration(Duration(static_cast<std::int64_t>(value * 1e9)));
  }
  return {};
}

}  // namespace

Result<Gate, GateProblem> parse_gate(std::string_view text) {
  Gate gate;
  gate.text = std::string(trimmed(text));
  const auto op_at = std::min(text.find_first_of("<>=!"), text.size());
  const auto name = trimmed(text.substr(0, op_at));
  const auto* metric = std::ranges::find(kMetrics, name, &MetricName::name);
  if (metric == kMetrics.end()) {
    return fail(GateProblem{fmt::format("'{}' is no metric", name), "one of: " + metric_names()});
  }
  gate.metric = metric->metric;
  auto rest = text.substr(op_at);
  const auto* op = std::ranges::find_if(
      kOperators, [&](const auto& each) { return rest.starts_with(each.first); });
  if (op == kOperators.end()) {
    return fail(GateProblem{fmt::format("there is no comparison behind '{}'", name),
                            "write < <= > >= == or !=, " + std::string(kExample)});
  }
  gate.op = op->second;
  rest = trimmed(rest.substr(op->first.size()));
  constexpr std::string_view kOn = " on ";
  const auto on = rest.find(kOn);
  if (on != std::string_view::npos) gate.route = trimmed(rest.substr(on + kOn.size()));
  const auto limit = parse_value(trimmed(rest.substr(0, on)), *metric);
  if (!limit) return fail(limit.error());
  gate.limit = *limit;
  if (is_never(gate.op, gate.limit, metric->unit)) {
    return fail(GateProblem{fmt::format("'{}' can never be true", gate.text),
                            "write when the run is to fail, " + std::string(kExample)});
  }
  return gate;
}

std::vector<GateVerdict> judge(const std::vector<Gate>& gates, const Snapshot& snapshot) {
  std::vector<GateVerdict> verdicts;
  const double run_seconds = seconds(snapshot.covers);
  const CallTotals none;
  for (const Gate& gate : gates) {
    const CallTotals* known = totals_of(gate, snapshot);
    const CallTotals& totals = known == nullptr ? none : *known;
    const auto value = value_of(gate.metric, totals, run_seconds);
    verdicts.push_back({gate, value && holds(*value, gate.op, gate.limit),
                        value ? say_value(gate.metric, *value, totals) : "no calls"});
  }
  return verdicts;
}

}  // namespace meshctl::telemetry
