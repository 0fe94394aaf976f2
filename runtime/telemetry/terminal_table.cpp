#include "runtime/telemetry/terminal_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>

#include "runtime/base/units.h"
#include "runtime/telemetry/table_notes.h"
#include "runtime/telemetry/table_rows.h"

namespace meshctl::telemetry {
namespace {

constexpr std::size_t kLeastColumns = 24;
constexpr std::size_t kLeastRows = 8;
constexpr std::size_t kLeastRouteWidth = 11;
/// Rows that routes get before the notes below the table.
constexpr std::size_t kFirstRoutes = 3;
/// Where there is no terminal to fill: a longer list belongs into a report.
constexpr std::size_t kMostRoutes = 16;
/// Beyond this the numbers are too far from their route to be read in one line.
constexpr std::size_t kMostRouteWidth = 80;

/// The columns that fit, and the width that is left for the route.
struct Layout {
  std::vector<const Column*> columns;
  std::size_t route_width = 0;
};

Layout layout_for(std::size_t width, std::size_t longest_route) {
  Layout layout;
  std::size_t numbers = 0;
  for (const Column& column : table_columns()) {
    layout.columns.push_back(&column);
    numbers += column.width + 1;
  }
  while (numbers + kLeastRouteWidth > width) {
    const auto lightest = std::ranges::min_element(layout.columns, {}, &Column::weight);
    numbers -= (*lightest)->width + 1;
    layout.columns.erase(lightest);
  }
  const auto least = std::min<std::size_t>(20, width - numbers);
  const auto most = std::min(kMostRouteWidth, width - numbers);
  layout.route_width = std::clamp(longest_route, least, most);
  return layout;
}

std::string head_text(const Layout& layout, SortKey sort) {
  auto out = fmt::format("{:<{}}", sort == SortKey::Route ? "ROUTE▾" : "ROUTE", layout.route_width);
  for (const Column* column : layout.columns) {
    // The order by calls goes without saying.
    const bool sorts = column->sort == sort && sort != SortKey::Route && sort != SortKey::Calls;
    out +=
        fmt::format(" {:>{}}", fmt::format("{}{}", sorts ? "▾" : "", column->title), column->width);
  }
  return out;
}

std::string row_text(const Row& row, const Layout& layout, bool colour) {
  auto out = fmt::format("{:<{}}", cut(row.route, layout.route_width), layout.route_width);
  for (const Column* column : layout.columns) {
    const auto text = fmt::format("{:>{}}", column->text(row), column->width);
    const bool red = colour && column->sort == SortKey::Errors && row.totals->errors > 0;
    out += red ? fmt::format(" \x1b[31m{}\x1b[0m", text) : " " + text;
  }
  return out;
}

/// `calls/s  ▁▂▅█  12.0 of 80.0` of the last minute: now, and the highest.
std::string history_line(const RateHistory& history, std::size_t columns) {
  const auto& values = history.per_second();
  const auto numbers = fmt::format("  {} now, {} at most", rate_text(values.back()),
                                   rate_text(*std::max_element(values.begin(), values.end())));
  constexpr std::string_view kTitle = "calls/s  ";
  if (columns < kTitle.size() + numbers.size()) return {};
  return std::string(kTitle) + sparkline(values, columns - kTitle.size() - numbers.size()) +
         numbers;
}

/// The raw paths called most; `<=` where the count is a bound. One that may be off by more than
/// half says little, and is left out.
std::vector<std::string> path_lines(const Snapshot& now, std::size_t most) {
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < std::min(most, now.top_paths.size()); ++i) {
    const TopPath& path = now.top_paths[i];
    if (2 * path.error > path.calls) continue;
    if (lines.empty()) lines.emplace_back("top paths");
    const auto calls = (path.error == 0 ? "" : "<= ") + human_count(path.calls);
    lines.push_back(fmt::format("{:>8}  {}", calls, path.path));
  }
  return lines;
}

/// Routes, the rest of them in one row.
std::string route_lines(const std::vector<Row>& rows, std::size_t most, const Layout& layout,
                        bool colour) {
  std::string out;
  const auto shown = rows.size() <= most ? rows.size() : most - 1;
  for (std::size_t i = 0; i < shown; ++i) out += row_text(rows[i], layout, colour) + "\n";
  if (shown == rows.size()) return out;
  CallTotals rest;
  double per_second = 0;
  for (std::size_t i = shown; i < rows.size(); ++i) {
    rest.merge(*rows[i].totals);
    per_second += rows[i].per_second;
  }
  const auto name = fmt::format("({} more)", rows.size() - shown);
  return out + row_text({name, &rest, per_second}, layout, colour) + "\n";
}

/// How many lines each part of the table gets.
struct Shares {
  std::size_t routes;
  std::size_t notes;
  std::size_t paths;
};

Shares shares_of(std::size_t rows, std::size_t fixed, std::size_t routes, std::size_t notes,
                 std::size_t paths) {
  if (rows == 0) return {std::min(routes, kMostRoutes), notes, paths};
  std::size_t left = std::max(rows, kLeastRows) - fixed;
  const auto take = [&left](std::size_t most) {
    const auto taken = std::min(most, left);
    left -= taken;
    return taken;
  };
  const auto first_routes = take(std::min(routes, kFirstRoutes));
  const auto own_notes = take(notes);
  // Paths are worth more than the least routes, but not alone.
  const auto own_paths = left >= 2 * paths ? take(paths) : 0;
  return {first_routes + take(routes - first_routes), own_notes, own_paths};
}

std::string table(const Snapshot& now, const Snapshot* previous, const TableStyle& style,
                  const RateHistory* history, std::vector<std::string> notes) {
  const auto columns = std::max(style.columns, kLeastColumns);
  const Snapshot interval = previous == nullptr ? now : difference(now, *previous);
  const auto rows = rows_of(now, interval, style.sort);
  std::size_t longest = 0;
  for (const Row& row : rows) longest = std::max(longest, row.route.size());
  const auto layout = layout_for(columns, longest);

  std::vector<std::string> below{
      row_text({"TOTAL", &now.totals, interval.calls_per_second()}, layout, style.colour)};
  if (history != nullptr && !history->per_second().empty()) {
    auto line = history_line(*history, columns);
    if (!line.empty()) below.push_back(std::move(line));
  }
  const auto paths = path_lines(now, style.max_paths);
  const auto shares =
      shares_of(style.rows, 2 + below.size(), rows.size(), notes.size(), paths.size());
  for (std::size_t i = 0; i < shares.notes; ++i) below.push_back(cut(notes[i], columns));
  for (std::size_t i = 0; i < shares.paths; ++i) below.push_back(cut(paths[i], columns));

  auto out = cut(title_of(now), columns) + "\n" + head_text(layout, style.sort) + "\n" +
             route_lines(rows, shares.routes, layout, style.colour);
  for (const auto& line : below) out += line + "\n";
  return out;
}

}  // namespace

std::string terminal_table(const Snapshot& now, const Snapshot* previous, const TableStyle& style,
                           const RateHistory* history) {
  auto notes = table_notes(now);
  if (style.keys)
    notes.emplace_back("sort by  c calls  r rps  e errors  p p95  i in  o out  n name");
  return table(now, previous, style, history, std::move(notes));
}

std::string interval_line(const Snapshot& now, const Snapshot* previous) {
  const Snapshot interval = previous == nullptr ? now : difference(now, *previous);
  const CallTotals& calls = interval.totals;
  const auto quantile = [&](double q) { return decimal_seconds(calls.duration.quantile(q)); };
  return fmt::format(
      "uptime_seconds={:.3f} calls={} total_calls={} rps={:.1f} errors={} client_aborts={} "
      "p50_seconds={} p95_seconds={} p99_seconds={} in_bytes={} out_bytes={} active_calls={} "
      "open_connections={}\n",
      std::chrono::duration<double>(now.uptime).count(), calls.calls, now.totals.calls,
      interval.calls_per_second(), calls.errors, calls.client_aborts, quantile(0.5), quantile(0.95),
      quantile(0.99), calls.request_body_bytes, calls.response_body_bytes, now.active_calls,
      now.connections.open);
}

std::string final_summary(const Snapshot& snapshot, const TableStyle& style) {
  auto notes = table_notes(snapshot);
  for (auto& note : status_notes(snapshot)) notes.push_back(std::move(note));
  auto last = style;
  last.max_paths = 0;
  return table(snapshot, nullptr, last, nullptr, std::move(notes));
}

}  // namespace meshctl::telemetry
