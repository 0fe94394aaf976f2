#include "cli/inject/pointer.h"

#include <algorithm>
#include <map>

#include "cli/inject/port_ref.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {
namespace {

bool is_container_list(std::string_view key) {
  return key == "containers" || key == "initContainers";
}

/// The scalar behind `key`; empty if there is none.
std::string_view text_at(const Node& item, std::string_view key) {
  const Entry entry = find(item, key);
  return entry && entry.value->is_scalar() ? std::string_view(entry.value->value)
                                           : std::string_view();
}

/// A port as Kubernetes tells it from its siblings: of a container, a Service, a network policy.
std::string port_identity(const Node& item) {
  const Entry own = find(item, "containerPort");
  const Entry entry = own ? own : find(item, "port");
  if (!entry) return "";
  const auto port = read_port(*entry.value);
  const std::string number = port ? port->text() : std::string(text_at(item, "port"));
  // Words of the state annotation hold no spaces.
  if (number.empty() || number.find_first_of(" #:") != std::string::npos) return "";
  const auto protocol = text_at(item, "protocol");
  const bool is_other = protocol == "UDP" || protocol == "SCTP";
  return "@" + number + (is_other ? ":" + std::string(protocol) : "");
}

/// What tells an item of the list behind the key `list` from its siblings; empty: nothing does.
std::string identity_of(const Node& item, std::string_view list) {
  if (list == "ports") return port_identity(item);
  return is_container_list(list) ? std::string(text_at(item, "name")) : std::string();
}

std::vector<std::string> identities_of(const Node& sequence, std::string_view list) {
  std::vector<std::string> identities;
  for (const Node& item : sequence.children) identities.push_back(identity_of(item, list));
  return identities;
}

/// Makes identities unique.
std::vector<std::string> steps_to(std::vector<std::string> identities) {
  std::map<std::string, std::size_t> seen;
  for (std::string& each : identities) {
    const auto before = seen[each]++;
    if (each.empty() || before > 0) each += "#" + std::to_string(before);
  }
  return identities;
}

/// The scalar entries of a map, which are all that identities are made of.
Node outline(const Value& value) {
  Node mapping;
  mapping.kind = NodeKind::Mapping;
  const auto* entries = std::get_if<Value::Map>(&value.data);
  if (entries == nullptr) return mapping;
  for (const auto& [key, each] : *entries) {
    const auto* text = std::get_if<std::string>(&each.data);
    const auto* number = std::get_if<std::int64_t>(&each.data);
    if (text == nullptr && number == nullptr) continue;
    Node scalar;
    scalar.kind = NodeKind::Scalar;
    scalar.style = NodeStyle::Plain;
    scalar.value = key;
    mapping.children.push_back(scalar);
    scalar.value = text != nullptr ? *text : std::to_string(*number);
    mapping.children.push_back(scalar);
  }
  return mapping;
}

/// The child of `collection` behind `step`; null if there is none.
const Node* child_behind(const Node& collection, std::string_view list, std::string_view step) {
  if (collection.is_mapping()) return find(collection, step).value;
  if (!collection.is_sequence()) return nullptr;
  const auto steps = member_steps(collection, list);
  const auto found = std::ranges::find(steps, step);
  if (found == steps.end()) return nullptr;
  return &collection.children[static_cast<std::size_t>(found - steps.begin())];
}

}  // namespace

std::string pointer_to(std::string_view parent, std::string_view step) {
  std::string out(parent);
  out += '/';
  for (const char c : step) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::vector<std::string> pointer_steps(std::string_view pointer) {
  std::vector<std::string> steps;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      steps.emplace_back();
    } else if (!steps.empty()) {
      const bool escape = pointer[i] == '~' && i + 1 < pointer.size();
      steps.back() += !escape ? pointer[i] : pointer[++i] == '1' ? '/' : '~';
    }
  }
  return steps;
}

std::vector<std::string> member_steps(const Node& collection, std::string_view name) {
  if (!collection.is_mapping()) return steps_to(identities_of(collection, name));
  std::vector<std::string> steps;
  for (std::size_t i = 0; i + 1 < collection.children.size(); i += 2) {
    steps.push_back(collection.children[i].value);
  }
  return steps;
}

std::vector<std::string> steps_of_added(const Node& collection, std::string_view name,
                                        const Value::List& added) {
  auto identities = identities_of(collection, name);
  for (const Value& item : added) identities.push_back(identity_of(outline(item), name));
  auto steps = steps_to(std::move(identities));
  steps.erase(steps.begin(), steps.end() - static_cast<std::ptrdiff_t>(added.size()));
  return steps;
}

std::vector<const Node*> follow(const Node& root, std::string_view pointer) {
  std::vector<const Node*> chain{&root};
  std::string list;
  for (const std::string& step : pointer_steps(pointer)) {
    const Node* child = child_behind(*chain.back(), list, step);
    if (child == nullptr) return {};
    chain.push_back(child);
    list = step;
  }
  return chain;
}

std::vector<const Node*> chain_to(const Node& root, const Node& node) {
  std::vector<const Node*> chain{&root};
  while (chain.back() != &node) {
    // Siblings do not overlap, so the offsets show the way; two empty nodes may share a place.
    const auto& children = chain.back()->children;
    const auto next = std::ranges::find_if(children, [&](const Node& child) {
      return &child == &node ||
             (child.begin <= node.begin && node.end <= child.end && !child.children.empty());
    });
    if (next == children.end()) return {};
    chain.push_back(&*next);
  }
  return chain;
}

std::string pointer_along(const std::vector<const Node*>& chain) {
  std::string pointer;
  std::string name;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const Node& parent = *chain[i];
    const auto index = static_cast<std::size_t>(chain[i + 1] - parent.children.data());
    MESHCTL_ASSERT(index < parent.children.size());
    name = parent.is_mapping() ? parent.children[index - index % 2].value
                               : member_steps(parent, name)[index];
    pointer = pointer_to(pointer, name);
  }
  return pointer;
}

}  // namespace meshctl::inject
