#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/flag_values.h"
#include "cli/otel_reader.h"
#include "cli/run_options.h"
#include "runtime/proxy/export_kinds.h"

namespace meshctl::cli {

/// What became of the flag and of OpenTelemetry's variables.
struct OtlpChoice {
  std::optional<proxy::OtlpConfig> collector;  ///< absent: nothing is pushed
  std::vector<std::string> warnings;           ///< of variables that cannot be followed
};

/// Where to push the usage: --otlp, else what OpenTelemetry's variables say; nothing where none of
/// them does, and for `off`. Flags that make no sense are problems, variables are warnings.
/// `service` and `pod` are who reports, where the variables do not say.
[[nodiscard]] Result<OtlpChoice, UsageProblem> read_otlp(const RunOptions& options,
                                                         const OtelVariables& variables,
                                                         const std::string& service,
                                                         const std::string& pod);

}  // namespace meshctl::cli
