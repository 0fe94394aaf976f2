#pragma once

#include <functional>
#include <string>

#include "tests/cli/inject/random/draft.h"
#include "tests/cli/inject/random/random_source.h"

namespace meshctl::inject {

/// Whether `draft` can be written in flow style.
[[nodiscard]] bool has_flow(const Draft& draft);

/// `draft` in flow style, on one line or on several that begin at column `indent` or to the right
/// of it. `comment` gives what may follow a comma that ends a line.
[[nodiscard]] std::string random_flow(RandomSource& random, const Draft& draft, std::size_t indent,
                                      const std::function<std::string()>& comment);

}  // namespace meshctl::inject
