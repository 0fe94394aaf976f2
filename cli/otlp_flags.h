#pragma once

#include <optional>
#include <string>

#include "cli/flag_values.h"
#include "cli/run_options.h"
#include "runtime/proxy/export_kinds.h"

namespace meshctl::cli {

/// The variables by which OpenTelemetry configures exporters, as they stand (OpenTelemetry
/// specification, "Environment Variable Specification" and "OTLP Exporter Configuration").
struct OtelVariables {
  std::string endpoint{};          ///< OTEL_EXPORTER_OTLP_ENDPOINT: a base URL
  std::string metrics_endpoint{};  ///< OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: the URL itself
  std::string headers{};           ///< OTEL_EXPORTER_OTLP_HEADERS
  std::string metrics_headers{};   ///< OTEL_EXPORTER_OTLP_METRICS_HEADERS
  std::string service_name{};      ///< OTEL_SERVICE_NAME
  std::string resource{};          ///< OTEL_RESOURCE_ATTRIBUTES
};

/// Where to push the usage: --otlp, else what OpenTelemetry's variables say; nothing where none of
/// them does, and for `off`. `service` and `pod` are who reports, where the variables do not say.
[[nodiscard]] Result<std::optional<proxy::OtlpConfig>, UsageProblem> read_otlp(
    const RunOptions& options, const OtelVariables& variables, const std::string& service,
    const std::string& pod);

}  // namespace meshctl::cli
