#pragma once

#include <optional>
#include <string>

#include "cli/inject/forwards.h"
#include "cli/inject/pod.h"
#include "cli/inject/settings.h"
#include "cli/inject/value.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// What MESHCTL_SERVICE says: the label app.kubernetes.io/name of the pod, else its `app`, else the
/// workload's name.
[[nodiscard]] std::string service_name(const Workload& workload, const Pod& pod);

/// What the sidecar of one pod is made from beside the settings.
struct SidecarPlan {
  PortPlan ports;
  std::optional<std::string> drain_timeout;  ///< see drain_timeout.h
  std::string service;                       ///< see service_name()
  std::string name_space;                    ///< empty: none is given
  bool is_native = false;
};

/// The container that is added to a pod. It carries the whole "restricted" security context but no
/// runAsUser, which OpenShift assigns, and no livenessProbe: a proxy in trouble must not be killed
/// in mid-traffic. A native one goes into `initContainers`: it restarts always, and the containers
/// behind it wait for its startupProbe.
[[nodiscard]] Value sidecar_container(const Settings& settings, const SidecarPlan& plan);

}  // namespace meshctl::inject
