#pragma once

#include "tests/cli/inject/random/cast.h"

namespace meshctl::inject {

/// A workload of any kind. Few of them cannot be injected, and are refused.
/// With `is_served` the Services of random_traffic.h select its pods, more often than not.
[[nodiscard]] Draft random_workload(Cast& cast, bool is_served);

}  // namespace meshctl::inject
