#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/base/clock.h"
#include "runtime/telemetry/classic_buckets.h"
#include "runtime/telemetry/connection_counters.h"
#include "runtime/telemetry/exemplars.h"
#include "runtime/telemetry/histogram_bins.h"
#include "runtime/telemetry/names.h"
#include "runtime/telemetry/shard.h"
#include "runtime/telemetry/top_paths.h"

namespace meshctl::telemetry {

/// Who reports.
struct Identity {
  std::string service;  ///< may be empty, like the pod
  std::string pod;
  std::string version;
  std::chrono::system_clock::time_point started_at;  ///< wall time of the start
  Instant started;                                   ///< the same on the monotonic clock
};

/// The sums of a set of calls.
struct CallTotals {
  std::uint64_t calls = 0;
  std::uint64_t errors = 0;         ///< as is_error() says: without client aborts
  std::uint64_t client_aborts = 0;  ///< shown apart; one that also got a 5xx is in both
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  std::array<std::uint64_t, kStatusClasses> by_class{};  ///< by status_class()
  std::array<std::uint64_t, kFailures> by_failure{};     ///< by failure_of()
  HistogramBins duration;                                ///< of the calls that are no streams
  HistogramBins time_to_first_byte;                      ///< of the calls that got a response head

  void merge(const CallTotals& other);
  /// The same but for the times.
  void merge_counts(const CallTotals& other) noexcept;
  [[nodiscard]] CallTotals since(const CallTotals& earlier) const;
};

struct RouteStats {
  std::string route;
  CallTotals totals;
};

/// One series for export. Every pair of them differs in a label.
struct SeriesStats {
  std::string route;
  Method method = Method::Other;
  std::uint16_t status = 0;  ///< of gRPC its own code
  CallProtocol protocol = CallProtocol::Http11;
  ErrorType error = ErrorType::None;
  DurationCounts duration;  ///< nanoseconds; its count is the number of calls
  BodyCounts request_body;
  BodyCounts response_body;
  std::vector<Exemplar> exemplars;  ///< of `duration`, by rising bucket, one a bucket at most
};

/// One series of streams for export. Every pair of them differs in a label.
struct StreamSeriesStats {
  StreamKind kind = StreamKind::Tunnel;
  std::string route;
  ErrorType error = ErrorType::None;
  std::uint16_t grpc_status = kNoGrpcStatus;
  StreamCounts duration;  ///< nanoseconds; its count is the number of ended streams
};

/// All that the shards counted, at one instant: plain data, for any thread.
struct Snapshot {
  Identity identity;
  Duration uptime{0};
  bool is_final = false;  ///< the run is over
  /// The time over which it was counted: the uptime, or the interval of a difference.
  Duration covers{0};
  CallTotals totals;
  std::int64_t active_calls = 0;
  /// Calls by status code, rising, zeros left out; code 0 is "no response head".
  std::vector<std::pair<std::uint16_t, std::uint64_t>> by_status;
  /// gRPC calls by their code, rising, zeros left out.
  std::vector<std::pair<std::uint16_t, std::uint64_t>> by_grpc_status;
  std::array<std::uint64_t, kErrorTypes> by_error{};  ///< [None] are the calls without one
  std::vector<RouteStats> routes;                     ///< most calls first, then by name
  std::vector<SeriesStats>
      series;  ///< by route, method, status, protocol, error; empty in a difference
  StreamTotals streams;
  std::vector<StreamSeriesStats> stream_series;  ///< by kind, route, error; empty in a difference
  ConnectionTotals connections;
  /// Lines of the access log that were lost; not the shards', so take() leaves it to its caller.
  std::uint64_t access_log_dropped_lines = 0;
  /// The raw paths called most since the start, at most kTopPaths: for the live view, no labels.
  std::vector<TopPath> top_paths;

  static constexpr std::size_t kTopPaths = 20;

  /// Calls a second over `covers`.
  [[nodiscard]] double calls_per_second() const noexcept;
};

/// Reads and merges the shards. Any thread; the writers go on meanwhile, so counters of a call in
/// the middle of being counted may be in or out one by one.
[[nodiscard]] Snapshot take(std::span<const Shard* const> shards, const Identity& identity,
                            Instant now);

/// What happened between two snapshots of the same shards: for rates and quantiles of an interval.
/// Levels (active calls, open connections, top paths) are the later one's. Series are left out.
[[nodiscard]] Snapshot difference(const Snapshot& later, const Snapshot& earlier);

}  // namespace meshctl::telemetry
