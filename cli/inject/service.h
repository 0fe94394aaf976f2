#pragma once

#include <string>
#include <utility>
#include <vector>

#include "cli/inject/document.h"
#include "cli/inject/pod.h"

namespace meshctl::inject {

/// What a core Service of the input tells of the ports behind it.
struct Service {
  std::string name_space;
  std::vector<std::pair<std::string, std::string>> selector;
  std::vector<PortRef> target_ports;  ///< TCP ones without names; `port` where no target is given
  std::vector<PortRef> ports;         ///< its own, whatever their protocol
};

/// Whether `object`, a node of `document`, is a core Service, and what it says. A Knative Service
/// is none.
[[nodiscard]] std::optional<Service> find_service(const Document& document, const Node& object);

/// Whether the selector picks the pod. An empty selector picks none.
[[nodiscard]] bool selects(const Service& service, const std::string& name_space, const Pod& pod);

}  // namespace meshctl::inject
