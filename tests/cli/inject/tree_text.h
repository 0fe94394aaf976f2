#pragma once

#include <string>

#include "cli/inject/document.h"

namespace meshctl::inject {

/// The tree as text, each node with the bytes that it was found to take up:
/// `{"a": [b, c]}` in the test's own short form, so that a table row can state it.
inline std::string tree_text(const Node& node, const std::string& bytes) {
  const auto own = "<" + bytes.substr(node.begin, node.end - node.begin) + ">";
  if (node.children.empty()) return own;
  std::string text = node.is_mapping() ? "{" : "[";
  for (const Node& child : node.children) text += tree_text(child, bytes);
  return text + (node.is_mapping() ? "}" : "]");
}

}  // namespace meshctl::inject
