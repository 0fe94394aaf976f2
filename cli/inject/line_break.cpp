#include "cli/inject/line_break.h"

#include <algorithm>

namespace meshctl::inject {
namespace {

/// The length of the line break at `offset`; 0: there is none.
std::size_t break_length(std::string_view text, std::size_t offset) {
  const auto rest = text.substr(offset, 3);
  if (rest.starts_with("\xC2\x85")) return 2;
  return rest == "\xE2\x80\xA8" || rest == "\xE2\x80\xA9" ? 3 : 0;
}

/// The node without children that holds `offset`, and whether it is a key.
struct Leaf {
  const Node* node = nullptr;
  bool is_key = false;
};

Leaf leaf_at(const Node& node, std::size_t offset, bool is_key) {
  if (node.children.empty()) return {&node, is_key};
  // Nodes come in the order of the text.
  const auto child = std::ranges::partition_point(
      node.children, [&](const Node& each) { return each.end <= offset; });
  if (child == node.children.end() || offset < child->content) return {};
  const bool key_place = node.is_mapping() && (child - node.children.begin()) % 2 == 0;
  return leaf_at(*child, offset, is_key || key_place);
}

/// Where the first line of a block scalar's text begins, and how far it is indented.
std::size_t block_indent(std::string_view text, const Node& scalar) {
  auto begin = text.find('\n', scalar.content);
  while (begin != std::string_view::npos && begin < scalar.end) {
    const auto first = text.find_first_not_of(' ', begin + 1);
    if (first == std::string_view::npos) break;
    if (text[first] != '\n' && text[first] != '\r') return first - begin - 1;
    begin = text.find('\n', begin + 1);
  }
  return 0;
}

bool is_harmless(std::string_view text, std::size_t offset, const Leaf& leaf) {
  if (leaf.node == nullptr || leaf.is_key) return false;
  const auto behind = offset + break_length(text, offset);
  const auto rest = text.substr(behind);
  switch (leaf.node->style) {
    case NodeStyle::SingleQuoted:
    case NodeStyle::DoubleQuoted: return !rest.starts_with("---") && !rest.starts_with("...");
    case NodeStyle::BlockScalar: {
      if (offset < text.find('\n', leaf.node->content)) return false;
      const auto spaces = std::min(rest.find_first_not_of(' '), rest.size());
      const bool is_blank = spaces == rest.size() || rest[spaces] == '\n' || rest[spaces] == '\r';
      return is_blank || spaces >= block_indent(text, *leaf.node);
    }
    default: return false;
  }
}

}  // namespace

std::optional<std::size_t> next_line_break(std::string_view text, std::size_t from) {
  for (auto found = text.find_first_of("\xC2\xE2", from); found != std::string_view::npos;
       found = text.find_first_of("\xC2\xE2", found + 1)) {
    if (break_length(text, found) > 0) return found;
  }
  return std::nullopt;
}

std::optional<std::size_t> find_line_break(std::string_view text, std::size_t begin,
                                           std::size_t end, const Node& root) {
  text = text.substr(0, end);
  for (auto found = next_line_break(text, begin); found;
       found = next_line_break(text, *found + 1)) {
    if (!is_harmless(text, *found, leaf_at(root, *found, false))) return found;
  }
  return std::nullopt;
}

}  // namespace meshctl::inject
