#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "runtime/telemetry/process_usage.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

enum class TextFormat : std::uint8_t {
  Prometheus,   ///< 0.0.4
  OpenMetrics,  ///< 1.0.0, with exemplars
};

[[nodiscard]] constexpr std::string_view content_type_of(TextFormat format) noexcept {
  return format == TextFormat::OpenMetrics
             ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
             : "text/plain; version=0.0.4; charset=utf-8";
}

/// The format that the value of an Accept header asks for (RFC 9110, 12.5.1): OpenMetrics where it
/// is named and preferred no less than plain text, else Prometheus'.
[[nodiscard]] TextFormat format_for(std::string_view accept) noexcept;

/// A snapshot from take() as Prometheus reads it; docs/telemetry.md lists the metrics.
[[nodiscard]] std::string prometheus_text(const Snapshot& snapshot, const ProcessUsage& process,
                                          TextFormat format = TextFormat::Prometheus,
                                          const std::optional<NodeUsage>& node = {});

}  // namespace meshctl::telemetry
