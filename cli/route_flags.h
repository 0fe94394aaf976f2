#pragma once

#include "cli/flag_values.h"
#include "cli/run_options.h"
#include "runtime/telemetry/route_table.h"

namespace meshctl::cli {

/// What --routes and --route say. Opens no file: complete_routes() does.
[[nodiscard]] Result<telemetry::RoutePlan, UsageProblem> read_routes(const RunOptions& options);

/// Adds the templates of --routes-from, if a file is named, behind those that are there, and warns
/// if they are too many. False: the file cannot be used, and why was printed.
[[nodiscard]] bool complete_routes(const std::string& file, telemetry::RoutePlan& plan);

}  // namespace meshctl::cli
