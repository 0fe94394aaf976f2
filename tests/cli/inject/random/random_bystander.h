#pragma once

#include "tests/cli/inject/random/cast.h"

namespace meshctl::inject {

/// An object that no injection touches, in any form that YAML has: among them manifests as text.
[[nodiscard]] Draft random_bystander(Cast& cast);

}  // namespace meshctl::inject
