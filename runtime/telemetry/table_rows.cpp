#include "runtime/telemetry/table_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "runtime/base/units.h"
#include "runtime/telemetry/table_notes.h"

namespace meshctl::telemetry {
namespace {

/// Errors in percent; never "0.0" while there are some.
std::string percent(std::uint64_t part, std::uint64_t whole) {
  if (part == 0 || whole == 0) return "0.0";
  const double value = 100 * static_cast<double>(part) / static_cast<double>(whole);
  return value < 0.05 ? "<0.1" : fmt::format("{:.1f}", value);
}

std::string quantile(const Row& row, double q) {
  const auto& bins = row.totals->duration;
  return bins.is_empty() ? "-" : human_duration(bins.quantile(q));
}

constexpr Column kColumns[] = {
    {"CALLS", 6, 8, SortKey::Calls, [](const Row& row) { return human_count(row.totals->calls); }},
    {"RPS", 6, 5, SortKey::Rate, [](const Row& row) { return rate_text(row.per_second); }},
    {"ERR%", 5, 7, SortKey::Errors,
     [](const Row& row) { return percent(row.totals->errors, row.totals->calls); }},
    {"P50", 7, 4, SortKey::Route, [](const Row& row) { return quantile(row, 0.5); }},
    {"P95", 7, 6, SortKey::P95, [](const Row& row) { return quantile(row, 0.95); }},
    {"P99", 7, 3, SortKey::Route, [](const Row& row) { return quantile(row, 0.99); }},
    {"IN", 7, 1, SortKey::In,
     [](const Row& row) { return human_bytes(row.totals->request_body_bytes); }},
    {"OUT", 7, 2, SortKey::Out,
     [](const Row& row) { return human_bytes(row.totals->response_body_bytes); }},
};

/// Whether `a` stands above `b`; equal ones keep their order, which is by calls.
bool is_above(SortKey key, const Row& a, const Row& b) {
  const auto p95 = [](const Row& row) {
    return row.totals->duration.is_empty() ? Duration{0} : row.totals->duration.quantile(0.95);
  };
  switch (key) {
    case SortKey::Calls: return a.totals->calls > b.totals->calls;
    case SortKey::Rate: return a.per_second > b.per_second;
    case SortKey::Errors: return a.totals->errors > b.totals->errors;
    case SortKey::P95: return p95(a) > p95(b);
    case SortKey::In: return a.totals->request_body_bytes > b.totals->request_body_bytes;
    case SortKey::Out: return a.totals->response_body_bytes > b.totals->response_body_bytes;
    case SortKey::Route: return a.route < b.route;
  }
  return false;
}

}  // namespace

std::span<const Column> table_columns() noexcept {
  return kColumns;
}

std::string rate_text(double per_second) {
  if (per_second < 999.95) return fmt::format("{:.1f}", per_second);
  return human_count(static_cast<std::uint64_t>(per_second + 0.5));
}

std::vector<Row> rows_of(const Snapshot& now, const Snapshot& interval, SortKey sort) {
  std::map<std::string_view, std::uint64_t> recent;
  for (const RouteStats& stats : interval.routes) recent[stats.route] = stats.totals.calls;
  const double length = std::chrono::duration<double>(interval.covers).count();
  std::vector<Row> rows;
  for (const RouteStats& stats : now.routes) {
    const auto found = recent.find(stats.route);
    const double calls = found == recent.end() ? 0 : static_cast<double>(found->second);
    rows.push_back({stats.route, &stats.totals, length > 0 ? calls / length : 0});
  }
  std::ranges::stable_sort(rows,
                           [sort](const Row& a, const Row& b) { return is_above(sort, a, b); });
  return rows;
}

std::string title_of(const Snapshot& now) {
  const Identity& who = now.identity;
  auto title = fmt::format("meshctl {}", printable(who.version));
  if (!who.service.empty()) title += fmt::format("  {}", printable(who.service));
  if (!who.pod.empty()) title += fmt::format("  {}", printable(who.pod));
  return title + fmt::format("  up {}", human_duration(now.uptime));
}

}  // namespace meshctl::telemetry
