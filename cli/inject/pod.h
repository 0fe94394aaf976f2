#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/container.h"
#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/labels.h"
#include "cli/inject/port_set.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// The name of the container that we add.
inline constexpr std::string_view kSidecarName = "telemetry";

/// What we need to know of a pod.
struct Pod {
  std::vector<Container> containers;      ///< the application's: no other mesh's sidecar
  std::vector<Container> other_sidecars;  ///< of other meshes
  std::vector<Container> init_containers;
  const Node* container_key = nullptr;
  std::string restart_policy;  ///< empty: not given
  Labels labels;
  /// Every number that a port of ours must keep clear of: of other meshes' sidecars too.
  PortSet taken_ports;
};

/// The pod's containers and the sidecars of other meshes, in the order in which they are written.
/// Kubernetes looks for the name of a port in this order, and takes the first. Borrowed.
[[nodiscard]] std::vector<const Container*> containers_as_written(const Pod& pod);

/// Reads the pod that find_pod() found. Reports what cannot be injected (host network, our
/// container name taken, a name twice, no containers) and what will not work as hoped (another
/// mesh's sidecar, a container without a name).
[[nodiscard]] Pod read_pod(const SourceText& source, const Document& document,
                           const Workload& workload, Diagnostics& problems);

}  // namespace meshctl::inject
