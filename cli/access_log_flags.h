#pragma once

#include "cli/flag_values.h"
#include "cli/run_options.h"
#include "runtime/proxy/access_log.h"

namespace meshctl::cli {

/// The `--access-log` flags.
[[nodiscard]] Result<proxy::AccessLogConfig, UsageProblem> read_access_log(
    const RunOptions& options);

}  // namespace meshctl::cli
