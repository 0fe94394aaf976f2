#pragma once

#include "cli/inject/diagnostic.h"
#include "cli/inject/forwards.h"
#include "cli/inject/object_edit.h"
#include "cli/inject/pod.h"

namespace meshctl::inject {

/// Moves the names of forwarded ports from the application to the proxy: Services that go by name
/// take the first container port with that name and protocol (EndpointSlice controller, FindPort),
/// so it must not stay with the application. Its own probes and hooks that use the name get the
/// number, since names resolve within a container only. Each forward is told its name. A name
/// whose first port is not forwarded stays; of two names of a port the first moves. What an alias
/// or a merge key shares with others is an error.
void move_port_names(const SourceText& source, const Pod& pod, PortPlan& ports, ObjectEdit& edit,
                     Diagnostics& problems);

}  // namespace meshctl::inject
