#pragma once

#include <string>

#include "tests/cli/inject/random/cast.h"

namespace meshctl::inject {

/// A container named `name`, with ports that may have names, and probes and hooks that go by name
/// or number. Now and then two of its ports have one name, which is refused.
[[nodiscard]] Draft random_container(Cast& cast, const std::string& name);

/// The name or the number of a port.
[[nodiscard]] Draft random_port(Cast& cast);

}  // namespace meshctl::inject
