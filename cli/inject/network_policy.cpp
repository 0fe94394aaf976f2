#include "cli/inject/network_policy.h"

#include <algorithm>

#include "cli/inject/merged.h"
#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

/// One item of a rule's `ports` (NetworkPolicyPort).
struct AllowedPort {
  std::optional<PortRef> port;
  std::uint16_t last = 0;  ///< endPort; 0: none
  std::string name;        ///< of a container port, instead of a number
  bool is_any = false;     ///< every port
};

std::vector<AllowedPort> read_allowed(const Document& document, const Node& ports) {
  std::vector<AllowedPort> all;
  for (const Node& item : ports.children) {
    const Node& each = document.resolve(item);
    const auto protocol = text_of(document, each, "protocol");
    if (!protocol.empty() && protocol != "TCP") continue;
    AllowedPort allowed;
    const Node* port = merged_value(document, each, "port");
    allowed.is_any = port == nullptr || port->is_null();
    if (!allowed.is_any) {
      allowed.port = read_port(*port);
      if (!allowed.port) allowed.name = port->value;
    }
    const Node* last = merged_value(document, each, "endPort");
    const auto end_port = last == nullptr ? std::nullopt : read_port(*last);
    if (end_port) allowed.last = end_port->number;
    all.push_back(std::move(allowed));
  }
  return all;
}

bool covers(const AllowedPort& allowed, const PortRef& port) {
  if (allowed.is_any || allowed.port == port) return true;
  return allowed.port && allowed.port->is_number() && port.is_number() &&
         allowed.port->number <= port.number && port.number <= allowed.last;
}

/// Whether a rule with these ports lets traffic through to `forward` as the pod had it before.
bool let_through(const std::vector<AllowedPort>& rule, const ProxiedPod& pod,
                 const Forward& forward) {
  return std::ranges::any_of(rule, [&](const AllowedPort& allowed) {
    const auto kept = pod.kept_names.find(allowed.name);
    const bool by_name = kept != pod.kept_names.end() && kept->second == *forward.upstream;
    return by_name || covers(allowed, *forward.upstream);
  });
}

/// Whether a rule with these ports lets traffic through to the proxy's port of `forward`, also by
/// the name that moved there.
bool is_open(const std::vector<AllowedPort>& rule, const ProxiedPod& pod, const Forward& forward) {
  return std::ranges::any_of(rule, [&](const AllowedPort& allowed) {
    const auto moved = pod.moved_names.find(allowed.name);
    const bool by_name = moved != pod.moved_names.end() && moved->second == forward.listen;
    return by_name || covers(allowed, {forward.listen, {}});
  });
}

Value allowance(std::uint16_t port) {
  return Value::map({{"protocol", Value::text("TCP")}, {"port", Value::number(port)}});
}

/// Adds what a rule's `ports` lack.
void extend(const Document& document, const Node& ports, const std::vector<const ProxiedPod*>& pods,
            ObjectEdit& edit, std::vector<PortChange>& changes) {
  const auto rule = read_allowed(document, ports);
  Value::List added;
  std::vector<std::uint16_t> numbers;
  for (const ProxiedPod* pod : pods) {
    for (const Forward& forward : pod->forwards) {
      if (!forward.upstream || !let_through(rule, *pod, forward)) continue;
      const bool is_added = std::ranges::find(numbers, forward.listen) != numbers.end();
      if (is_added || is_open(rule, *pod, forward)) continue;
      numbers.push_back(forward.listen);
      added.push_back(allowance(forward.listen));
      const PortChange change{forward.upstream->text(), std::to_string(forward.listen)};
      if (std::ranges::find(changes, change) == changes.end()) changes.push_back(change);
    }
  }
  if (!added.empty()) edit.gain(ports, Value::list(std::move(added)), "the proxy's port");
}

/// The pods to which the peers of an egress rule may lead. Namespaces are known by name only, so a
/// peer with a namespaceSelector counts for pods of every namespace.
std::vector<const ProxiedPod*> pods_behind(const Document& document, const Node& rule,
                                           const std::string& name_space,
                                           const std::vector<const ProxiedPod*>& pods) {
  const Node* peers = collection_of(document, rule, "to");
  if (peers == nullptr || peers->children.empty()) return pods;
  std::vector<const ProxiedPod*> found;
  for (const ProxiedPod* pod : pods) {
    const bool is_meant = std::ranges::any_of(peers->children, [&](const Node& item) {
      const Node& peer = document.resolve(item);
      if (collection_of(document, peer, "ipBlock") != nullptr) return false;
      const bool is_near = pod->name_space == name_space ||
                           collection_of(document, peer, "namespaceSelector") != nullptr;
      const Node* selector = collection_of(document, peer, "podSelector");
      return is_near && picks(read_label_selector(document, selector), pod->labels);
    });
    if (is_meant) found.push_back(pod);
  }
  return found;
}

const Node* rules_of(const Document& document, const Node& spec, std::string_view direction) {
  const Node* rules = collection_of(document, spec, direction);
  return rules != nullptr && rules->is_sequence() ? rules : nullptr;
}

}  // namespace

bool allow_proxies(const Document& document, const Node& object,
                   const std::vector<ProxiedPod>& pods, ObjectEdit& edit,
                   std::vector<PortChange>& changes) {
  const ObjectHead head = read_head(document, object);
  const bool is_policy = head.kind && head.kind.value->value == "NetworkPolicy" &&
                         (head.group == "networking.k8s.io" || head.group == "extensions");
  if (!is_policy) return false;
  const Node* spec = collection_of(document, object, "spec");
  if (spec == nullptr) return true;
  const auto selector =
      read_label_selector(document, collection_of(document, *spec, "podSelector"));
  std::vector<const ProxiedPod*> proxied;
  std::vector<const ProxiedPod*> selected;
  for (const ProxiedPod& pod : pods) {
    if (!pod.takes_traffic) continue;
    proxied.push_back(&pod);
    if (pod.name_space == head.name_space && picks(selector, pod.labels)) selected.push_back(&pod);
  }
  const auto extend_rule = [&](const Node& rule, const std::vector<const ProxiedPod*>& meant) {
    const Node* ports = collection_of(document, rule, "ports");
    if (ports != nullptr) extend(document, *ports, meant, edit, changes);
  };
  if (const Node* rules = rules_of(document, *spec, "ingress")) {
    for (const Node& item : rules->children) extend_rule(document.resolve(item), selected);
  }
  if (const Node* rules = rules_of(document, *spec, "egress")) {
    for (const Node& item : rules->children) {
      const Node& rule = document.resolve(item);
      extend_rule(rule, pods_behind(document, rule, head.name_space, proxied));
    }
  }
  return true;
}

}  // namespace meshctl::inject
