#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/telemetry/push_json.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::dashboard {

/// One proxy's numbers since its start, as it pushed them.
struct Push {
  std::string service;     ///< never empty: `unnamed` where the proxy has no name for it
  std::string name_space;  ///< of Kubernetes; may be empty
  std::string pod;         ///< never empty: the instance where the proxy knows of no pod
  std::string version;
  std::string instance;  ///< 16 hexadecimal digits, of one start of one proxy
  std::uint64_t sequence = 0;
  std::uint64_t uptime_ms = 0;  ///< by the proxy's monotonic clock
  bool is_final = false;        ///< the proxy ends
  std::int64_t active_calls = 0;
  std::uint64_t open_connections = 0;
  std::uint64_t received_bytes = 0;  ///< of connections, heads and framing included
  std::uint64_t sent_bytes = 0;
  std::optional<telemetry::NodeUsage> node;
  std::vector<telemetry::RouteStats> routes;  ///< by rising name, each once
};

/// Chosen: a proxy has 200 routes at most, and two of its own.
inline constexpr std::size_t kMostRoutes = 500;
/// What no pusher of ours comes near; also the limit of the request's body.
inline constexpr std::size_t kMostPushBytes = 8 * 1024 * 1024;
/// Of a service, namespace, pod or version. Kubernetes has 253 (RFC 1123).
inline constexpr std::size_t kMostNameBytes = 256;
inline constexpr std::size_t kMostRouteBytes = 2048;

/// Reads a document of the format `meshctl-push-1` (docs/dashboard.md). Strict: each count an
/// integer from 0 to 2^53, each sum of times one of nanoseconds below 2^63, each name bounded, bins
/// in rising order. Otherwise says in words what is wrong where; nothing of the document is used
/// then.
[[nodiscard]] Result<Push, std::string> read_push(std::string_view body);

}  // namespace meshctl::dashboard
