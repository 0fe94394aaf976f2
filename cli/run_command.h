#pragma once

#include <CLI/App.hpp>

#include "cli/command.h"
#include "cli/run_options.h"

namespace meshctl::cli {

/// Declares `meshctl run`. Parsing only fills `options` and sets `command`, which borrows
/// `options`.
void add_run(CLI::App& app, RunOptions& options, Command& command);

}  // namespace meshctl::cli
