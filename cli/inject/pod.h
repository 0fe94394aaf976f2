#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// The name of the container that we add.
inline constexpr std::string_view kSidecarName = "telemetry";

struct ContainerPort {
  std::uint16_t number = 0;
  std::uint16_t host_port = 0;  ///< 0: none
  std::string protocol = "TCP";
  std::string name;
  const Node* node = nullptr;  ///< the number, borrowed
};

struct Container {
  std::string name;
  const Node* node = nullptr;  ///< borrowed
  std::vector<ContainerPort> ports;
  std::vector<std::uint16_t> probe_ports;  ///< of its probes, numeric ones only
};

/// What we need to know of a pod.
struct Pod {
  std::vector<Container> containers;  ///< the application's: no other mesh's sidecar
  std::vector<Container> init_containers;
  const Node* container_list = nullptr;  ///< borrowed; may be a null node
  const Node* container_key = nullptr;
  /// Labels of the pod, as label, value.
  std::vector<std::pair<std::string, std::string>> labels;
  /// Every number that a port of ours must keep clear of: of other meshes' sidecars too.
  std::vector<std::uint16_t> taken_ports;
};

/// Reads the pod that find_pod() found. Reports what cannot be injected (host network, our
/// container name taken, no containers) and what will not work as hoped (another mesh's sidecar).
[[nodiscard]] Pod read_pod(const SourceText& source, const Document& document,
                           const Workload& workload, Diagnostics& problems);

}  // namespace meshctl::inject
