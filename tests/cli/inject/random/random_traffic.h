#pragma once

#include "tests/cli/inject/random/cast.h"

namespace meshctl::inject {

/// A Service: by number, by name, without selector, headless, of an external name, ...
[[nodiscard]] Draft random_service(Cast& cast);

/// An OpenShift Route to Services of the manifest, and now and then to one that is not there.
[[nodiscard]] Draft random_route(Cast& cast);

/// A NetworkPolicy, with ingress and egress rules.
[[nodiscard]] Draft random_network_policy(Cast& cast);

}  // namespace meshctl::inject
