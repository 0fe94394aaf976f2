#include "cli/inject/service.h"

#include <algorithm>

#include "cli/inject/merged.h"
#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

ServicePort read_service_port(const Document& document, const Node& item) {
  ServicePort result;
  result.item = &document.resolve(item);
  const Node* own = merged_value(document, *result.item, "port");
  if (own != nullptr) result.port = read_port(*own);
  const auto protocol = text_of(document, *result.item, "protocol");
  result.is_tcp = protocol.empty() || protocol == "TCP";
  const Reached target = merged(document, {result.item}, "targetPort");
  result.target = result.port;
  if (!target) return result;
  result.target_node = target.node;
  const Node& value = document.resolve(*target.node);
  // The API server takes 0 and an empty text for none given.
  if (value.is_null() || value.value.empty() || is_zero(value)) return result;
  result.target = read_port(value);
  if (!result.target) result.target_name = value.value;
  return result;
}

}  // namespace

std::optional<Service> find_service(const Document& document, const Node& object) {
  const ObjectHead head = read_head(document, object);
  if (!head.kind || head.kind.value->value != "Service" || !head.group.empty()) return std::nullopt;
  Service service;
  service.name = head.name;
  service.name_space = head.name_space;
  const Node* spec = collection_of(document, object, "spec");
  if (spec == nullptr) return service;
  // The selector of an ExternalName has no effect.
  if (text_of(document, *spec, "type") == "ExternalName") return service;
  service.selector = read_labels(document, collection_of(document, *spec, "selector"));
  service.is_headless = text_of(document, *spec, "clusterIP") == "None";
  const Node* ports = collection_of(document, *spec, "ports");
  if (ports == nullptr) return service;
  for (const Node& item : ports->children) {
    service.ports.push_back(read_service_port(document, item));
  }
  return service;
}

void ServiceIndex::add(Service service) {
  if (!service.selector.empty()) {
    by_pair_[{service.name_space, service.selector.front()}].push_back(services_.size());
  }
  by_name_.emplace(std::pair{service.name_space, service.name}, services_.size());
  services_.push_back(std::move(service));
}

void ServiceIndex::note_route(const std::string& name_space, const std::string& name,
                              const PortRef& target) {
  const auto [begin, end] = by_name_.equal_range({name_space, name});
  for (auto found = begin; found != end; ++found) services_[found->second].routed.push_back(target);
}

std::vector<std::size_t> ServiceIndex::selecting(const std::string& name_space,
                                                 const Labels& pod) const {
  std::vector<std::size_t> found;
  for (const auto& label : pod) {
    const auto candidates = by_pair_.find({name_space, label});
    if (candidates == by_pair_.end()) continue;
    for (const std::size_t index : candidates->second) {
      if (has_all(pod, services_[index].selector)) found.push_back(index);
    }
  }
  std::ranges::sort(found);
  return found;
}

}  // namespace meshctl::inject
