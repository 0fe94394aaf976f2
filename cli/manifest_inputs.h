#pragma once

#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/file_io.h"
#include "cli/inject/manifests.h"
#include "cli/manifest_options.h"
#include "cli/progress_line.h"
#include "runtime/base/result.h"

namespace meshctl::cli {

/// Why there is nothing to work on.
struct InputRefusal {
  ExitCode code = ExitCode::Failed;
  std::vector<FileError> reasons;
};

/// The files that the options mean, in the order in which they are read: folders are replaced by
/// their manifests, and no argument at all by `-`, standard input. No file is named twice.
[[nodiscard]] Result<std::vector<std::string>, InputRefusal> find_inputs(
    const ManifestOptions& options);

/// Reads what find_inputs() gave. Every file that cannot be read is a reason.
[[nodiscard]] Result<std::vector<inject::Manifest>, InputRefusal> read_inputs(
    const std::vector<std::string>& paths, ProgressLine& progress);

}  // namespace meshctl::cli
