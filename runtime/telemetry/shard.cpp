#include "runtime/telemetry/shard.h"

#include <algorithm>
#include <cstddef>
#include <new>

namespace meshctl::telemetry {

Shard::~Shard() {
  for (auto& counters : route_counters_) delete counters.load(std::memory_order_relaxed);
}

RouteCounters* Shard::counters_of(RouteTable::Id id) noexcept {
  RouteCounters* known = route_counters_[id].load(std::memory_order_relaxed);
  if (known != nullptr) return known;
  known = new (std::nothrow) RouteCounters;
  route_counters_[id].store(known, std::memory_order_release);
  return known;
}

void Shard::on_call(const CallRecord& call) noexcept {
  const auto status = std::min(call.status, static_cast<std::uint16_t>(kStatuses - 1));
  const auto route = last_route_ = routes_.route_of(call.path, status);
  top_paths_.count(call.path);
  const Duration duration = std::max(call.duration(), Duration{0});

  statuses_[status].add(1);
  errors_[static_cast<std::size_t>(call.error)].add(1);

  if (RouteCounters* counters = counters_of(route)) {
    counters->calls.add(1);
    if (is_error(call)) counters->errors.add(1);
    if (call.error == ErrorType::ClientAbort) counters->client_aborts.add(1);
    counters->request_body_bytes.add(call.request_body_bytes);
    counters->response_body_bytes.add(call.response_body_bytes);
    counters->by_class[status_class(status)].add(1);
    if (const auto failure = failure_of(call)) counters->by_failure[*failure].add(1);
    if (!call.stream) counters->duration.record(duration);
    if (status != 0) counters->time_to_first_byte.record(call.time_to_first_byte());
  }
  if (call.protocol == CallProtocol::Grpc) grpc_statuses_[call.grpc_status].add(1);
  if (call.stream) {
    count_stream({*call.stream, route, call.error, call.grpc_status}, is_error(call), duration);
  } else {
    count_series(call, route, status);
  }
}

void Shard::count_series(const CallRecord& call, RouteTable::Id route,
                         std::uint16_t status) noexcept {
  const bool is_grpc = call.protocol == CallProtocol::Grpc;
  const SeriesKey key{route, method_of(call.method), is_grpc ? call.grpc_status : status,
                      call.protocol, call.error};
  if (Series* series = series_.find(key)) {
    const Duration duration = std::max(call.duration(), Duration{0});
    const auto nanoseconds = static_cast<std::uint64_t>(duration.count());
    const auto bucket = series->duration.record(nanoseconds);
    if (call.trace.is_set())
      series->keep({bucket, call.trace, nanoseconds, call.request_start + duration});
    series->request_body.record(call.request_body_bytes);
    series->response_body.record(call.response_body_bytes);
  }
}

void Shard::on_stream(const StreamRecord& stream) noexcept {
  const auto status = std::min(stream.status, static_cast<std::uint16_t>(kStatuses - 1));
  last_route_ = routes_.route_of(stream.path, status);
  const StreamKey key{stream.kind, last_route_, stream.error, kNoGrpcStatus};
  count_stream(key, is_error(status, stream.error), stream.duration());
  if (stream.kind == StreamKind::WebSocket)
    streams_.closes[close_code_index(stream.close_code)].add(1);
}

void Shard::count_stream(const StreamKey& key, bool is_error, Duration duration) noexcept {
  streams_.count(key.kind, is_error, duration);
  if (auto* series = stream_series_.find(key)) {
    series->duration.record(static_cast<std::uint64_t>(std::max(duration, Duration{0}).count()));
  }
}

}  // namespace meshctl::telemetry
