#include "runtime/telemetry/template_tree.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace meshctl::telemetry {

struct TemplateTree::Node {
  struct Mixed {
    TemplateSegment segment;
    std::unique_ptr<Node> node;
  };

  std::map<std::string, std::unique_ptr<Node>, std::less<>> literals;
  std::vector<Mixed> mixed;  ///< most literal bytes first, then in the order of their text
  std::unique_ptr<Node> parameter;
  std::optional<std::size_t> index;
  std::optional<std::size_t> index_with_slash;

  Node& child(const TemplateSegment& segment) {
    const auto made = [](std::unique_ptr<Node>& node) -> Node& {
      if (node == nullptr) node = std::make_unique<Node>();
      return *node;
    };
    if (segment.is_literal()) return made(literals[segment.pieces.front()]);
    if (segment.is_parameter()) return made(parameter);
    const auto goes_first = [](const Mixed& a, const TemplateSegment& b) {
      const auto x = a.segment.literal_bytes();
      const auto y = b.literal_bytes();
      return x != y ? x > y : a.segment.pieces < b.pieces;
    };
    const auto place = std::lower_bound(mixed.begin(), mixed.end(), segment, goes_first);
    if (place != mixed.end() && place->segment == segment) return *place->node;
    return *mixed.insert(place, Mixed{segment, std::make_unique<Node>()})->node;
  }
};

TemplateTree::TemplateTree() : root_(std::make_unique<Node>()) {}
TemplateTree::~TemplateTree() = default;

std::optional<std::size_t> TemplateTree::add(const RouteTemplate& route, std::size_t index) {
  Node* node = root_.get();
  for (const auto& segment : route.segments) node = &node->child(segment);
  auto& place = route.ends_in_slash ? node->index_with_slash : node->index;
  if (place) return place;
  place = index;
  return std::nullopt;
}

const std::size_t* TemplateTree::find(const Node& node, const PathSegments& path,
                                      std::size_t depth) noexcept {
  if (depth == path.segments().size()) {
    const auto& place = path.ends_in_slash() ? node.index_with_slash : node.index;
    return place ? &*place : nullptr;
  }
  const auto segment = path.segments()[depth];
  if (const auto literal = node.literals.find(segment.text());
      literal != node.literals.end() && !segment.is_cut) {
    if (const auto* found = find(*literal->second, path, depth + 1)) return found;
  }
  for (const auto& mixed : node.mixed) {
    if (!mixed.segment.matches(segment)) continue;
    if (const auto* found = find(*mixed.node, path, depth + 1)) return found;
  }
  return node.parameter == nullptr ? nullptr : find(*node.parameter, path, depth + 1);
}

std::optional<std::size_t> TemplateTree::match(const PathSegments& path) const noexcept {
  if (path.form() != PathSegments::Form::Path || path.is_cut()) return std::nullopt;
  const auto* found = find(*root_, path, 0);
  return found == nullptr ? std::nullopt : std::optional(*found);
}

}  // namespace meshctl::telemetry
