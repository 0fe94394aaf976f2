#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/merged.h"
#include "cli/inject/port_ref.h"

namespace meshctl::inject {

/// One item of a container's `ports`. Nodes are borrowed.
struct ContainerPort {
  PortRef port;
  std::optional<PortRef> host_port;
  std::string protocol = "TCP";
  std::string name;            ///< empty: none
  const Node* item = nullptr;  ///< the mapping, aliases resolved
  const Node* node = nullptr;  ///< the number, aliases resolved
  Reached name_node;           ///< as it is written; null if there is no name
};

/// A probe's or a hook's port that is given by name: it means a port of its own container only.
struct PortUse {
  const Node* node = nullptr;  ///< as it is written: it may be an alias
  std::string name;
  bool is_shared = false;  ///< see Reached
};

/// A container as far as its ports and its name go.
struct Container {
  std::string name;            ///< empty: none
  const Node* node = nullptr;  ///< borrowed, aliases resolved
  std::size_t index = 0;       ///< in its list
  std::vector<ContainerPort> ports;
  std::vector<PortRef> probe_ports;  ///< of its probes; names resolved where the container has them
  std::vector<PortRef> hook_ports;   ///< the same of its postStart and preStop
  std::vector<PortUse> port_uses;    ///< the probes and hooks that give a name
};

/// Reads the container that `item`, of a list of containers, is or stands for. What is no port is
/// warned of and left aside.
[[nodiscard]] Container read_container(const SourceText& source, const Document& document,
                                       const Reached& item, Diagnostics& problems);

}  // namespace meshctl::inject
