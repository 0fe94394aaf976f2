#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// What the process itself uses, as its caller read it. Left out of the text where unknown.
struct ProcessUsage {
  std::optional<Duration> cpu;
  std::optional<std::uint64_t> resident_bytes;
  std::optional<std::uint64_t> open_fds;
};

inline constexpr std::string_view kPrometheusContentType =
    "text/plain; version=0.0.4; charset=utf-8";

/// The Prometheus text format 0.0.4 of a snapshot from take(); docs/telemetry.md lists the metrics.
[[nodiscard]] std::string prometheus_text(const Snapshot& snapshot, const ProcessUsage& process);

}  // namespace meshctl::telemetry
