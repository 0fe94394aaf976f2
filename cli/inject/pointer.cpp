#include "cli/inject/pointer.h"

#include <algorithm>

#include "runtime/base/assert.h"

namespace meshctl::inject {
namespace {

bool is_container_list(std::string_view key) {
  return key == "containers" || key == "initContainers";
}

std::string_view name_of(const Node& item) {
  const Entry name = find(item, "name");
  return name && name.value->is_scalar() ? std::string_view(name.value->value) : std::string_view();
}

/// The child of `collection` behind `step`; null if there is none.
const Node* child_behind(const Node& collection, std::string_view list, std::string_view step) {
  if (collection.is_mapping()) return find(collection, step).value;
  if (!collection.is_sequence()) return nullptr;
  for (std::size_t i = 0; i < collection.children.size(); ++i) {
    const Node& item = collection.children[i];
    if (item_step(list, name_of(item), i) == step) return &item;
  }
  return nullptr;
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

std::string item_step(std::string_view list, std::string_view name, std::size_t index) {
  // No container name holds a `#` (RFC 1123 label), so the two cannot be mixed up.
  if (is_container_list(list) && !name.empty()) return std::string(name);
  return "#" + std::to_string(index);
}

std::vector<std::string> member_steps(const Node& collection, std::string_view name) {
  std::vector<std::string> steps;
  const std::size_t stride = collection.is_mapping() ? 2 : 1;
  for (std::size_t i = 0; i + stride <= collection.children.size(); i += stride) {
    const Node& child = collection.children[i];
    steps.push_back(stride == 2 ? child.value : item_step(name, name_of(child), i));
  }
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
                               : item_step(name, name_of(parent.children[index]), index);
    pointer = pointer_to(pointer, name);
  }
  return pointer;
}

}  // namespace meshctl::inject
