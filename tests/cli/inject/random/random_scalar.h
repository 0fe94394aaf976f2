#pragma once

#include <string>

#include "tests/cli/inject/random/draft.h"
#include "tests/cli/inject/random/random_source.h"

namespace meshctl::inject {

/// A null, a number or a word in one of the spellings of YAML, for the place behind a colon or a
/// dash. An empty text is a null as well.
[[nodiscard]] std::string random_scalar(RandomSource& random, const Draft& draft);

/// `text` between double quotes, in YAML and JSON alike. One character may be written as an escape.
[[nodiscard]] std::string quoted(RandomSource& random, const std::string& text);

}  // namespace meshctl::inject
