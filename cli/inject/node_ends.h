#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "cli/inject/node.h"

namespace meshctl::inject {

/// What walking a document's text by its tree brought up.
struct NodeWalk {
  /// Where text and tree part; nothing when all of the text was accounted for.
  std::optional<std::size_t> lost_at;
  /// A line of a block mapping that is only a key.
  std::optional<std::size_t> missing_colon;
  /// A colon in a block mapping with no key before it.
  std::optional<std::size_t> missing_key;
  /// The first tab in block context that indents a line, or what stands behind a `-` or `?`.
  std::optional<std::size_t> indent_tab;
};

/// Fills in the offsets of every node of `root`. yaml-cpp gives start marks only, so this walks
/// text[begin, end) again with the tree as its map: each node is looked for where the one before
/// ended, with nothing but white space, comments and punctuation between. `root` has kinds, values,
/// tags and anchors, and for collections the style.
[[nodiscard]] NodeWalk find_node_ends(std::string_view text, std::size_t begin, std::size_t end,
                                      Node& root);

}  // namespace meshctl::inject
