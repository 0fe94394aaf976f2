#include "tests/fuzz/routes_properties.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <vector>

#include "runtime/telemetry/shard.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {
namespace {

std::vector<std::string_view> records_of(std::string_view input) {
  std::vector<std::string_view> records;
  while (!input.empty()) {
    const auto end = std::min(input.find('\x1e'), input.size());
    records.push_back(input.substr(0, end));
    input.remove_prefix(std::min(end + 1, input.size()));
  }
  return records;
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= 0x21 && c <= 0x7E; });
}

std::string broken_name(std::string_view name) {
  if (name.empty() || !is_printable(name)) return "a route is not printable ASCII";
  const std::array<std::string_view, 5> shared = {"{other}", "{not_found}", "{all}", "{authority}",
                                                  "*"};
  const bool is_shared = std::ranges::find(shared, name) != shared.end();
  return is_shared || name.front() == '/' ? "" : "a route has no leading slash";
}

std::string broken_template(std::string_view text, std::vector<RouteTemplate>& templates) {
  auto parsed = parse_template(text);
  if (!parsed) return describe(parsed.error()).empty() ? "a problem has no words" : "";
  const auto again = parse_template(parsed->name);
  if (!again || again->name != parsed->name || again->segments != parsed->segments) {
    return "a template's name is another template";
  }
  templates.push_back(std::move(*parsed));
  return broken_name(templates.back().name);
}

/// A table each makes guesses dear; more of them in one input show nothing more.
constexpr std::ptrdiff_t kMostGuesses = 4;

std::string guess(std::string_view path) {
  RouteTable table;
  return std::string(table.name(table.route_of(path, 200)));
}

/// Counts a path in two shards that share a table, and looks at its routes.
class Counted {
 public:
  explicit Counted(const RoutePlan& plan) : table_(plan), first_(table_), second_(table_) {}

  std::string count(std::string_view path, std::uint16_t status) {
    CallRecord call;
    call.method = "GET";
    call.path = path;
    call.status = status;
    const auto id = table_.route_of(path, status);
    if (id >= table_.size() || table_.size() > RouteTable::kCapacity) return "the cap is broken";
    if (table_.route_of(path, status) != id) return "a path has two routes at a time";
    (++calls_ % 2 == 0 ? first_ : second_).on_call(call);
    return broken_name(table_.name(id));
  }

  [[nodiscard]] std::string broken_sum() const {
    const Shard* shards[] = {&first_, &second_};
    const auto snapshot = take(shards, {}, Instant{});
    std::uint64_t in_routes = 0;
    std::uint64_t in_series = 0;
    for (const auto& route : snapshot.routes) in_routes += route.totals.calls;
    for (const auto& series : snapshot.series) in_series += series.duration.count();
    if (in_routes != calls_ || in_series != calls_) return "the routes do not add up to the calls";
    for (const auto& path : snapshot.top_paths) {
      if (!is_printable(path.path)) return "a top path is not printable ASCII";
      if (path.error > path.calls) return "a top path has bounds that cross";
    }
    return "";
  }

 private:
  RouteTable table_;
  Shard first_;
  Shard second_;
  std::uint64_t calls_ = 0;
};

}  // namespace

std::string broken_route_promise(std::string_view input) {
  const auto records = records_of(input);
  const auto first_path = std::ranges::find_if(
      records, [](std::string_view record) { return !record.starts_with('T'); });
  RoutePlan plan;
  for (auto record = records.begin(); record != first_path; ++record) {
    if (auto broken = broken_template(record->substr(1), plan.templates); !broken.empty()) {
      return broken;
    }
  }
  for (auto record = first_path; record != records.end(); ++record) {
    if (record - first_path == kMostGuesses) break;
    const auto route = guess(record->substr(std::min<std::size_t>(1, record->size())));
    if (guess(route) != route) return "the route of a route is another one";
  }
  for (const auto source : {RouteSource::Auto, RouteSource::Explicit, RouteSource::Off}) {
    plan.source = source;
    Counted counted(plan);
    for (auto record = first_path; record != records.end(); ++record) {
      const auto path = record->substr(std::min<std::size_t>(1, record->size()));
      const std::uint16_t status = record->starts_with('N') ? 404 : 200;
      if (auto broken = counted.count(path, status); !broken.empty()) return broken;
    }
    if (auto broken = counted.broken_sum(); !broken.empty()) return broken;
  }
  return "";
}

}  // namespace meshctl::telemetry
