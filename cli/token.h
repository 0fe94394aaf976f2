#pragma once

#include <string>

#include "cli/flag_values.h"

namespace meshctl::cli {

/// The secret that pushes to the dashboard carry: the first line of `file`, else MESHCTL_TOKEN,
/// else none. Never part of a message.
[[nodiscard]] Result<std::string, UsageProblem> read_token(const std::string& file);

}  // namespace meshctl::cli
