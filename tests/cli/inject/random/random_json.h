#pragma once

#include <string>
#include <vector>

#include "tests/cli/inject/random/draft.h"
#include "tests/cli/inject/random/random_source.h"

namespace meshctl::inject {

/// `objects` as JSON values one after another, indented with tabs, with spaces, or not at all. None
/// of them holds Draft::odd().
[[nodiscard]] std::string random_json(RandomSource& random, const std::vector<Draft>& objects);

}  // namespace meshctl::inject
