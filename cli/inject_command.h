#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/manifest_options.h"

namespace CLI {
class App;
}

namespace meshctl::cli {

/// The command line of `meshctl inject`, as it was given.
struct InjectOptions {
  ManifestOptions manifests;
  /// For each of inject::setting_specs() what was given; of a setting that is not repeatable at
  /// most one text.
  std::vector<std::vector<std::string>> settings;
  std::vector<std::string> pod_spec_paths;
  std::string emit = "all";
};

/// Declares `meshctl inject`. Parsing only fills `options` and chooses `command`: it opens no file,
/// so a test can parse any command line.
void add_inject(CLI::App& app, InjectOptions& options, Command& command);

/// Reads, injects, checks, writes.
[[nodiscard]] ExitCode run_inject(const InjectOptions& options);

}  // namespace meshctl::cli
