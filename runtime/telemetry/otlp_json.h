#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "runtime/telemetry/process_usage.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// Attributes of the resource that the numbers are of (OpenTelemetry resource specification).
using ResourceAttributes = std::vector<std::pair<std::string, std::string>>;

/// A snapshot from take() as an ExportMetricsServiceRequest of OTLP 1.x in the JSON mapping of
/// protobuf: cumulative, under the names of the semantic conventions; docs/telemetry.md lists them.
/// Takes some milliseconds where there are many routes: for a thread of its own. Any thread.
[[nodiscard]] std::string otlp_json(const Snapshot& snapshot, const ProcessUsage& process,
                                    const ResourceAttributes& resource);

/// What a collector has to say though it took the request (OTLP 1.x, "Partial Success").
struct PartialSuccess {
  std::uint64_t rejected_data_points = 0;
  std::string message;
};
/// Nothing where all was taken, or where `body` is no such answer.
[[nodiscard]] std::optional<PartialSuccess> read_partial_success(std::string_view body);

}  // namespace meshctl::telemetry
