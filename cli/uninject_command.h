#pragma once

#include "cli/command.h"
#include "cli/manifest_options.h"

namespace CLI {
class App;
}

namespace meshctl::cli {

/// Declares `meshctl uninject`. Parsing only fills `options` and chooses `command`.
void add_uninject(CLI::App& app, ManifestOptions& options, Command& command);

/// Reads, takes out what `inject` added, checks, writes.
[[nodiscard]] ExitCode run_uninject(const ManifestOptions& options);

}  // namespace meshctl::cli
