#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/inject/document.h"
#include "cli/inject/port_ref.h"

namespace meshctl::inject {

/// What an OpenShift Route says of where it leads. Nodes are borrowed.
struct Route {
  std::string display;  ///< for messages
  std::string name_space;
  std::vector<std::string> services;  ///< the names of those that it leads to
  /// The endpoints' port that it goes by, if it does by number.
  std::optional<PortRef> target;
  const Node* target_node = nullptr;  ///< as it is written; null with `target`
};

/// Whether `object`, a node of `document`, is an OpenShift Route, and what it says.
[[nodiscard]] std::optional<Route> find_route(const Document& document, const Node& object);

}  // namespace meshctl::inject
