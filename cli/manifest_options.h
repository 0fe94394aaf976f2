#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/inject/manifests.h"
#include "runtime/base/result.h"

namespace CLI {
class App;
}

namespace meshctl::cli {

/// What `inject` and `uninject` have in common.
struct ManifestOptions {
  /// Both empty: standard input, unless it is a terminal.
  std::vector<std::string> filenames;  ///< given with -f; read before `files`
  std::vector<std::string> files;
  std::string output;  ///< empty: standard output
  bool quiet = false;
};

/// Declares the options on the command of one of the two.
void add_manifest_options(CLI::App& command, ManifestOptions& options);

/// Reads every input. On failure each problem is printed, and the exit code given.
[[nodiscard]] Result<std::vector<inject::Manifest>, ExitCode> read_manifests(
    const ManifestOptions& options);

/// Prints what is to be said and, if nothing was refused, writes the manifests.
[[nodiscard]] ExitCode write_outcome(const inject::Outcome& outcome,
                                     const ManifestOptions& options);

}  // namespace meshctl::cli
