#pragma once

#include <string_view>

#include "cli/inject/settings.h"

namespace meshctl::inject {

/// Adds one `NAME=VALUE` to the sidecar's environment. Refused: what is no name, names that we set
/// ourselves, and twins of the flags that the port plan is made of.
[[nodiscard]] Result<void, BadValue> apply_env(std::string_view text, Settings& settings);

/// Adds one argument of `meshctl run`. Refused: flags that the port plan is made of, `--`, and two
/// arguments in one text.
[[nodiscard]] Result<void, BadValue> apply_arg(std::string_view text, Settings& settings);

}  // namespace meshctl::inject
