#pragma once

#include <string>
#include <vector>

#include "cli/inject/manifests.h"
#include "cli/manifest_options.h"
#include "cli/manifest_report.h"
#include "cli/progress_line.h"

namespace meshctl::cli {

/// Puts the results where the options say: one stream, the files themselves, a patch, or nowhere.
/// `texts` are the results of `inputs`, in their order; `report.files` tells which of them changed.
/// What went wrong, and the exit code, go to `report`.
void write_results(const std::vector<inject::Manifest>& inputs,
                   const std::vector<std::string>& texts, const ManifestOptions& options,
                   ProgressLine& progress, ManifestReport& report);

}  // namespace meshctl::cli
