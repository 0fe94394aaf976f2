#include "cli/inject/node.h"

namespace meshctl::inject {

bool is_key(const Node& key, std::string_view name) {
  return key.is_scalar() && key.value == name;
}

Entry find(const Node& mapping, std::string_view key) {
  if (!mapping.is_mapping()) return {};
  for (std::size_t i = mapping.children.size(); i >= 2; i -= 2) {
    const Node& candidate = mapping.children[i - 2];
    if (is_key(candidate, key)) return {&candidate, &mapping.children[i - 1]};
  }
  return {};
}

}  // namespace meshctl::inject
