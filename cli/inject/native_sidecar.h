#pragma once

#include "cli/inject/diagnostic.h"
#include "cli/inject/pod.h"
#include "cli/inject/settings.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// Whether the sidecar becomes an init container that restarts always (Kubernetes 1.29 and later:
/// sidecar containers). In a pod that ends a regular one would keep it from ending.
[[nodiscard]] bool uses_native_sidecar(const Settings& settings, const Workload& workload,
                                       const Pod& pod);

/// Notes what a native sidecar needs, or warns that the pod will not complete without one.
void report_native_sidecar(const SourceText& source, const Settings& settings,
                           const Workload& workload, const Pod& pod, Diagnostics& problems);

}  // namespace meshctl::inject
