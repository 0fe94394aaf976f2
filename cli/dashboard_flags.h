#pragma once

#include <optional>
#include <string>

#include "cli/flag_values.h"
#include "cli/run_options.h"
#include "runtime/proxy/export_kinds.h"

namespace meshctl::cli {

/// Which dashboard `meshctl run` pushes to; nothing without --dashboard. `name_space` is the pod's.
[[nodiscard]] Result<std::optional<proxy::DashboardTarget>, UsageProblem> read_dashboard(
    const RunOptions& options, const std::string& name_space);

}  // namespace meshctl::cli
