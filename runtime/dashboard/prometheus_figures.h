#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "runtime/dashboard/board.h"

namespace meshctl::dashboard {

/// What is read from Prometheus: the metrics of proxies (docs/telemetry.md), summed no further than
/// each proxy, so that its restart can be told from a fall.
enum class Figure : std::uint8_t {
  Info,
  StartTime,
  Calls,
  GrpcCalls,
  StreamCalls,
  RequestBytes,
  ResponseBytes,
  GrpcRequestBytes,
  GrpcResponseBytes,
  Buckets,
  GrpcBuckets,
  OpenConnections,
  ActiveCalls,
  MachineCpu,
  MachineMemory,
};
inline constexpr std::size_t kFigures = 15;

/// Where Prometheus' configuration dropped the label, calls count with those that have no route of
/// their own.
inline constexpr std::string_view kUnnamedRoute = "{other}";

/// Of which proxies, and when.
struct PrometheusScope {
  Subject subject{};  ///< a service, a pod or a route; no service: everything
  /// Not at the time that is asked for, but the last value within so many seconds before it; 0: the
  /// former.
  std::int64_t window_seconds = 0;
  /// Targets, by their label `instance`; none: all.
  std::span<const std::string> instances{};

  [[nodiscard]] bool is_all() const noexcept { return subject.service.empty(); }
};

/// The PromQL of a figure. Asked for a subject, routes are summed up. That of Info is the time of
/// the last scrape in seconds; within a window it is up to a minute older, or 1 where the proxy was
/// there for less than that.
[[nodiscard]] std::string expression(Figure figure, const PrometheusScope& scope);

/// Every proxy that was scraped in the last `window_seconds`, if only once.
[[nodiscard]] std::string who_was_there(std::int64_t window_seconds);

}  // namespace meshctl::dashboard
