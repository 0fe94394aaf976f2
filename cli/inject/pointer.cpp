#include "cli/inject/pointer.h"

#include <algorithm>

namespace meshctl::inject {

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

std::string_view item_name(const Node& item) {
  const Entry name = find(item, "name");
  return name && name.value->is_scalar() ? std::string_view(name.value->value) : std::string_view();
}

std::vector<const Node*> follow(const Node& root, std::string_view pointer) {
  std::vector<const Node*> chain{&root};
  for (const std::string& step : pointer_steps(pointer)) {
    const Node& node = *chain.back();
    if (node.is_mapping()) {
      const Entry entry = find(node, step);
      if (!entry) return {};
      chain.push_back(entry.value);
    } else {
      const auto item = std::ranges::find_if(
          node.children, [&](const Node& each) { return item_name(each) == step; });
      if (!node.is_sequence() || item == node.children.end()) return {};
      chain.push_back(&*item);
    }
  }
  return chain;
}

}  // namespace meshctl::inject
