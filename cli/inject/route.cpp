#include "cli/inject/route.h"

#include "cli/inject/merged.h"
#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

std::vector<std::string> services_of(const Document& document, const Node& spec) {
  std::vector<std::string> names;
  const auto add = [&](const Node& backend) {
    const auto kind = text_of(document, backend, "kind");
    if (kind.empty() || kind == "Service") names.emplace_back(text_of(document, backend, "name"));
  };
  if (const Node* to = collection_of(document, spec, "to")) add(*to);
  if (const Node* others = collection_of(document, spec, "alternateBackends")) {
    for (const Node& item : others->children) add(document.resolve(item));
  }
  return names;
}

/// The router compares texts, so that "8080" in quotes is a number too (openshift/router,
/// endpointsForAlias).
std::optional<PortRef> read_route_port(const Node& node) {
  const auto port = read_port(node);
  return port || !node.is_scalar() ? port : port_from_text(node.value);
}

}  // namespace

std::optional<Route> find_route(const Document& document, const Node& object) {
  const ObjectHead head = read_head(document, object);
  const bool is_route = head.kind && document.resolve(*head.kind.value).value == "Route" &&
                        (head.group == "route.openshift.io" || head.group.empty());
  if (!is_route) return std::nullopt;
  Route route;
  route.display = head.display();
  route.name_space = head.name_space;
  const Node* spec = collection_of(document, object, "spec");
  if (spec == nullptr) return route;
  route.services = services_of(document, *spec);
  const Node* port = collection_of(document, *spec, "port");
  const Entry entry = port == nullptr ? Entry{} : find(*port, "targetPort");
  if (!entry) return route;
  route.target = read_route_port(document.resolve(*entry.value));
  if (route.target) route.target_node = entry.value;
  return route;
}

}  // namespace meshctl::inject
