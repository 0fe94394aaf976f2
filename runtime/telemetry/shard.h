#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>

#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/connection_counters.h"
#include "runtime/telemetry/live_histogram.h"
#include "runtime/telemetry/owned_counter.h"
#include "runtime/telemetry/route_table.h"
#include "runtime/telemetry/series_table.h"
#include "runtime/telemetry/stream_counters.h"
#include "runtime/telemetry/stream_series.h"
#include "runtime/telemetry/top_paths.h"

namespace meshctl::telemetry {

/// What is counted for each route beside its series. Totals are sums over routes.
struct RouteCounters {
  OwnedCounter calls;
  OwnedCounter errors;  ///< as is_error() says
  OwnedCounter client_aborts;
  OwnedCounter request_body_bytes;
  OwnedCounter response_body_bytes;
  std::array<OwnedCounter, kStatusClasses> by_class;
  std::array<OwnedCounter, kFailures> by_failure;  ///< as failure_of() says
  LiveHistogram duration;                          ///< of the calls that are no streams
  LiveHistogram time_to_first_byte;                ///< of the calls that got a response head
};

/// One thread's counters. That thread alone calls the CallSink members and writes connections();
/// any thread may read, without locks, through take() (snapshot.h). About 85 KB when made. Lives
/// until the last reader is done. Routes are shared: a path has one route, whoever counts it.
class Shard final : public CallSink {
 public:
  /// `routes` must outlive the shard.
  explicit Shard(RouteTable& routes) noexcept : routes_(routes) {}
  /// With routes of its own.
  Shard() : own_routes_(std::make_unique<RouteTable>()), routes_(*own_routes_) {}
  ~Shard();
  Shard(const Shard&) = delete;
  Shard& operator=(const Shard&) = delete;

  /// Allocates only when a route, a series or an octave is new, or a series gets its first
  /// exemplar.
  void on_call(const CallRecord& call) noexcept override;
  void on_active_calls(int change) noexcept override {
    active_.add(static_cast<std::uint64_t>(std::int64_t{change}));
  }

  void on_stream(const StreamRecord& stream) noexcept override;
  void on_active_streams(StreamKind kind, int change) noexcept override {
    streams_.kinds[static_cast<std::size_t>(kind)].active.add(
        static_cast<std::uint64_t>(std::int64_t{change}));
  }
  void on_messages(MessageProtocol protocol, Flow flow, std::uint64_t messages,
                   std::uint64_t bytes) noexcept override {
    auto& counters =
        streams_.messages[static_cast<std::size_t>(protocol)][static_cast<std::size_t>(flow)];
    counters.messages.add(messages);
    counters.bytes.add(bytes);
  }

  ConnectionCounters& connections() noexcept { return connections_; }

  /// The route that the last call or stream was counted under, for the access log. Lives as long as
  /// the shard. The owner's thread only, after on_call() or on_stream().
  std::string_view last_route() const noexcept { return routes_.name(last_route_); }

  /// For readers.
  const ConnectionCounters& connections() const noexcept { return connections_; }
  const RouteTable& routes() const noexcept { return routes_; }
  const TopPaths& top_paths() const noexcept { return top_paths_; }
  const SeriesTable& series() const noexcept { return series_; }
  const StreamCounters& streams() const noexcept { return streams_; }
  const StreamSeries& stream_series() const noexcept { return stream_series_; }
  /// Null while the route has no call.
  const RouteCounters* route(RouteTable::Id id) const noexcept {
    return route_counters_[id].load(std::memory_order_acquire);
  }
  std::int64_t active_calls() const noexcept { return static_cast<std::int64_t>(active_.read()); }
  /// Calls by exact status code; index 0 counts those that got no response head.
  static constexpr std::size_t kStatuses = 1000;
  std::uint64_t calls_with_status(std::size_t status) const noexcept {
    return statuses_[status].read();
  }
  /// gRPC calls by their code; kOtherGrpcStatus and kNoGrpcStatus are the last two.
  static constexpr std::size_t kGrpcStatuses = kNoGrpcStatus + 1;
  std::uint64_t calls_with_grpc_status(std::size_t code) const noexcept {
    return grpc_statuses_[code].read();
  }
  std::uint64_t calls_with_error(ErrorType error) const noexcept {
    return errors_[static_cast<std::size_t>(error)].read();
  }

 private:
  RouteCounters* counters_of(RouteTable::Id id) noexcept;
  void count_series(const CallRecord& call, RouteTable::Id route, std::uint16_t status) noexcept;
  void count_stream(const StreamKey& key, bool is_error, Duration duration) noexcept;

  std::unique_ptr<RouteTable> own_routes_;  ///< may be null
  RouteTable& routes_;
  TopPaths top_paths_;
  SeriesTable series_;
  StreamSeries stream_series_;
  StreamCounters streams_;
  std::array<std::atomic<RouteCounters*>, RouteTable::kCapacity> route_counters_{};
  std::array<OwnedCounter, kStatuses> statuses_{};
  std::array<OwnedCounter, kGrpcStatuses> grpc_statuses_{};
  std::array<OwnedCounter, kErrorTypes> errors_{};
  OwnedCounter active_;
  RouteTable::Id last_route_ = 0;
  ConnectionCounters connections_;
};

}  // namespace meshctl::telemetry
