#include "runtime/telemetry/snapshot.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace meshctl::telemetry {
namespace {

using RouteMap = std::map<std::string_view, CallTotals>;
using SeriesId = std::tuple<std::string_view, Method, std::uint16_t, CallProtocol, ErrorType>;
using SeriesMap = std::map<SeriesId, SeriesStats>;

CallTotals read(const RouteCounters& counters) {
  CallTotals totals;
  totals.calls = counters.calls.read();
  totals.errors = counters.errors.read();
  totals.client_aborts = counters.client_aborts.read();
  totals.request_body_bytes = counters.request_body_bytes.read();
  totals.response_body_bytes = counters.response_body_bytes.read();
  for (std::size_t i = 0; i < totals.by_class.size(); ++i)
    totals.by_class[i] = counters.by_class[i].read();
  for (std::size_t i = 0; i < totals.by_failure.size(); ++i)
    totals.by_failure[i] = counters.by_failure[i].read();
  totals.duration = counters.duration.read();
  totals.time_to_first_byte = counters.time_to_first_byte.read();
  return totals;
}

void add_routes(const Shard& shard, RouteMap& routes) {
  const auto size = shard.routes().size();
  for (RouteTable::Id id = 0; id < size; ++id) {
    const RouteCounters* counters = shard.route(id);
    if (counters != nullptr) routes[shard.routes().name(id)].merge(read(*counters));
  }
}

/// The newer of two shards' exemplars of a bucket stays.
void merge_exemplars(const Series& live, std::vector<Exemplar>& all) {
  const auto* kept = live.exemplars.load(std::memory_order_acquire);
  if (kept == nullptr) return;
  for (std::size_t bucket = 0; bucket <= kDurationBounds.size(); ++bucket) {
    const auto found = kept->read(bucket);
    if (!found) continue;
    const auto place = std::ranges::lower_bound(all, bucket, {}, &Exemplar::bucket);
    if (place == all.end() || place->bucket != bucket) {
      all.insert(place, *found);
    } else if (place->at < found->at) {
      *place = *found;
    }
  }
}

void add_series(const Shard& shard, SeriesMap& all) {
  const auto size = shard.series().size();
  for (std::size_t i = 0; i < size; ++i) {
    const Series& live = shard.series()[i];
    const auto& key = live.key;
    const auto route = shard.routes().name(key.route);
    auto& stats = all[{route, key.method, key.status, key.protocol, key.error}];
    stats.route = route;
    stats.method = key.method;
    stats.status = key.status;
    stats.protocol = key.protocol;
    stats.error = key.error;
    stats.duration.merge(live.duration.read());
    stats.request_body.merge(live.request_body.read());
    stats.response_body.merge(live.response_body.read());
    merge_exemplars(live, stats.exemplars);
  }
}

using StreamId = std::tuple<StreamKind, std::string_view, ErrorType, std::uint16_t>;
using StreamMap = std::map<StreamId, StreamSeriesStats>;

void add_stream_series(const Shard& shard, StreamMap& all) {
  const auto size = shard.stream_series().size();
  for (std::size_t i = 0; i < size; ++i) {
    const auto& live = shard.stream_series()[i];
    const auto& key = live.key;
    const auto route = shard.routes().name(key.route);
    auto& stats = all[{key.kind, route, key.error, key.grpc_status}];
    stats.kind = key.kind;
    stats.route = route;
    stats.error = key.error;
    stats.grpc_status = key.grpc_status;
    stats.duration.merge(live.duration.read());
  }
}

using StatusCounts = std::vector<std::pair<std::uint16_t, std::uint64_t>>;

StatusCounts nonzero(const std::vector<std::uint64_t>& counts) {
  StatusCounts found;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] != 0) found.emplace_back(static_cast<std::uint16_t>(i), counts[i]);
  }
  return found;
}

StatusCounts added(const StatusCounts& later, const StatusCounts& earlier) {
  const std::map<std::uint16_t, std::uint64_t> before(earlier.begin(), earlier.end());
  StatusCounts result;
  for (const auto& [status, count] : later) {
    const auto old = before.find(status);
    const auto more = count - (old == before.end() ? 0 : old->second);
    if (more != 0) result.emplace_back(status, more);
  }
  return result;
}

void sort_by_calls(std::vector<RouteStats>& routes) {
  std::ranges::sort(routes, [](const RouteStats& a, const RouteStats& b) {
    return std::tuple(b.totals.calls, std::string_view(a.route)) <
           std::tuple(a.totals.calls, std::string_view(b.route));
  });
}

}  // namespace

void CallTotals::merge_counts(const CallTotals& other) noexcept {
  calls += other.calls;
  errors += other.errors;
  client_aborts += other.client_aborts;
  request_body_bytes += other.request_body_bytes;
  response_body_bytes += other.response_body_bytes;
  for (std::size_t i = 0; i < by_class.size(); ++i) by_class[i] += other.by_class[i];
  for (std::size_t i = 0; i < by_failure.size(); ++i) by_failure[i] += other.by_failure[i];
}

void CallTotals::merge(const CallTotals& other) {
  merge_counts(other);
  duration.merge(other.duration);
  time_to_first_byte.merge(other.time_to_first_byte);
}

CallTotals CallTotals::since(const CallTotals& earlier) const {
  CallTotals result;
  result.calls = calls - earlier.calls;
  result.errors = errors - earlier.errors;
  result.client_aborts = client_aborts - earlier.client_aborts;
  result.request_body_bytes = request_body_bytes - earlier.request_body_bytes;
  result.response_body_bytes = response_body_bytes - earlier.response_body_bytes;
  for (std::size_t i = 0; i < by_class.size(); ++i)
    result.by_class[i] = by_class[i] - earlier.by_class[i];
  for (std::size_t i = 0; i < by_failure.size(); ++i)
    result.by_failure[i] = by_failure[i] - earlier.by_failure[i];
  result.duration = duration.since(earlier.duration);
  result.time_to_first_byte = time_to_first_byte.since(earlier.time_to_first_byte);
  return result;
}

double Snapshot::calls_per_second() const noexcept {
  if (covers <= Duration{0}) return 0;
  return static_cast<double>(totals.calls) / std::chrono::duration<double>(covers).count();
}

Snapshot take(std::span<const Shard* const> shards, const Identity& identity, Instant now) {
  Snapshot result;
  result.identity = identity;
  result.uptime = std::max(Duration{now - identity.started}, Duration{0});
  result.covers = result.uptime;
  RouteMap routes;
  SeriesMap series;
  std::vector<TopPaths::Reading> paths;
  StreamMap streams;
  std::vector<std::uint64_t> statuses(Shard::kStatuses);
  std::vector<std::uint64_t> grpc_statuses(Shard::kGrpcStatuses);
  for (const Shard* shard : shards) {
    add_routes(*shard, routes);
    add_series(*shard, series);
    paths.push_back(shard->top_paths().read());
    add_stream_series(*shard, streams);
    result.streams.add(shard->streams());
    for (std::size_t i = 0; i < statuses.size(); ++i) statuses[i] += shard->calls_with_status(i);
    for (std::size_t i = 0; i < grpc_statuses.size(); ++i)
      grpc_statuses[i] += shard->calls_with_grpc_status(i);
    for (std::size_t i = 0; i < result.by_error.size(); ++i)
      result.by_error[i] += shard->calls_with_error(static_cast<ErrorType>(i));
    result.active_calls += shard->active_calls();
    result.connections.add(shard->connections());
  }
  for (auto& [route, totals] : routes) {
    result.totals.merge(totals);
    result.routes.push_back({std::string(route), std::move(totals)});
  }
  sort_by_calls(result.routes);
  result.top_paths = merge_top_paths(paths, Snapshot::kTopPaths);
  for (auto& [key, stats] : series) result.series.push_back(std::move(stats));
  for (auto& [key, stats] : streams) result.stream_series.push_back(std::move(stats));
  result.by_status = nonzero(statuses);
  result.by_grpc_status = nonzero(grpc_statuses);
  return result;
}

Snapshot difference(const Snapshot& later, const Snapshot& earlier) {
  Snapshot result;
  result.identity = later.identity;
  result.uptime = later.uptime;
  result.covers = later.uptime - earlier.uptime;
  result.totals = later.totals.since(earlier.totals);
  result.active_calls = later.active_calls;
  result.top_paths = later.top_paths;
  result.streams = later.streams.since(earlier.streams);
  result.connections = later.connections.since(earlier.connections);
  result.access_log_dropped_lines =
      later.access_log_dropped_lines - earlier.access_log_dropped_lines;
  result.by_status = added(later.by_status, earlier.by_status);
  result.by_grpc_status = added(later.by_grpc_status, earlier.by_grpc_status);
  for (std::size_t i = 0; i < result.by_error.size(); ++i)
    result.by_error[i] = later.by_error[i] - earlier.by_error[i];
  std::map<std::string_view, const CallTotals*> routes;
  for (const RouteStats& stats : earlier.routes) routes[stats.route] = &stats.totals;
  for (const RouteStats& stats : later.routes) {
    const auto old = routes.find(stats.route);
    auto totals = old == routes.end() ? stats.totals : stats.totals.since(*old->second);
    if (totals.calls != 0) result.routes.push_back({stats.route, std::move(totals)});
  }
  sort_by_calls(result.routes);
  return result;
}

}  // namespace meshctl::telemetry
