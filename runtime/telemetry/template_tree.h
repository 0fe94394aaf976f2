#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "runtime/telemetry/path_segments.h"
#include "runtime/telemetry/route_template.h"

namespace meshctl::telemetry {

/// Finds the template that a path fits. Of several the most specific wins, decided at the first
/// segment, from the left, in which they differ: a literal before a parameter with text round it
/// before a parameter alone (OpenAPI 3, Paths Object: "concrete definitions are matched first").
/// Built once, then read by any thread.
class TemplateTree {
 public:
  TemplateTree();
  ~TemplateTree();
  TemplateTree(const TemplateTree&) = delete;
  TemplateTree& operator=(const TemplateTree&) = delete;

  /// Adds a template that is to be found as `index`. If one that fits the same paths is there
  /// already, whatever its parameters are called, that one stays, and its index is returned.
  std::optional<std::size_t> add(const RouteTemplate& route, std::size_t index);

  /// The index of the most specific template, if any fits. Looks at no node twice, so the time is
  /// bounded by the size of the tree.
  [[nodiscard]] std::optional<std::size_t> match(const PathSegments& path) const noexcept;

 private:
  struct Node;
  static const std::size_t* find(const Node& node, const PathSegments& path,
                                 std::size_t depth) noexcept;

  std::unique_ptr<Node> root_;
};

}  // namespace meshctl::telemetry
