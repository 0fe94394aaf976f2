#pragma once

#include <functional>
#include <vector>

#include "cli/command.h"
#include "cli/inject/manifests.h"
#include "cli/manifest_options.h"

namespace meshctl::cli {

/// What a command makes of all its inputs.
using Edit = std::function<inject::Outcome(std::vector<inject::Manifest>)>;

/// What `inject` and `uninject` do: read, edit, write, report. Nothing is written unless everything
/// could be read and `edit` refused nothing.
[[nodiscard]] ExitCode edit_manifests(const ManifestOptions& options, const Edit& edit);

}  // namespace meshctl::cli
