#include "cli/inject/service.h"

#include <algorithm>

#include "cli/inject/merged.h"
#include "cli/inject/object_head.h"

namespace meshctl::inject {

std::optional<Service> find_service(const Document& document, const Node& object) {
  const ObjectHead head = read_head(document, object);
  if (!head.kind || head.kind.value->value != "Service" || !head.group.empty()) return std::nullopt;
  Service service;
  service.name_space = head.name_space;
  const Node* spec = collection_of(document, object, "spec");
  if (spec == nullptr) return service;
  if (const Node* selector = collection_of(document, *spec, "selector")) {
    for (std::size_t i = 0; i + 1 < selector->children.size(); i += 2) {
      service.selector.emplace_back(selector->children[i].value,
                                    document.resolve(selector->children[i + 1]).value);
    }
  }
  const Node* ports = collection_of(document, *spec, "ports");
  if (ports == nullptr) return service;
  for (const Node& item : ports->children) {
    const Node& port = document.resolve(item);
    const Node* own = merged_value(document, port, "port");
    const auto own_port = own == nullptr ? std::nullopt : read_port(*own);
    if (own_port) service.ports.push_back(*own_port);
    const auto protocol = text_of(document, port, "protocol");
    if (!protocol.empty() && protocol != "TCP") continue;
    const Node* target = merged_value(document, port, "targetPort");
    const auto found = target == nullptr || target->is_null() ? own_port : read_port(*target);
    if (found) service.target_ports.push_back(*found);
  }
  return service;
}

bool selects(const Service& service, const std::string& name_space, const Pod& pod) {
  if (service.selector.empty() || service.name_space != name_space) return false;
  return std::ranges::all_of(service.selector, [&](const auto& label) {
    return std::ranges::find(pod.labels, label) != pod.labels.end();
  });
}

}  // namespace meshctl::inject
