#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace meshctl::inject {

enum class NodeKind { Null, Scalar, Sequence, Mapping, Alias };

/// How a node is written. A `Null` is `Absent` when no byte stands for it.
enum class NodeStyle { Absent, Plain, SingleQuoted, DoubleQuoted, BlockScalar, Block, Flow };

/// A node of a parsed document, and the bytes that it takes up in its file.
struct Node {
  NodeKind kind = NodeKind::Null;
  NodeStyle style = NodeStyle::Absent;
  std::string value;  ///< a scalar's content
  std::string tag;    ///< an explicit tag, resolved; empty when there is none
  int anchor = 0;     ///< the number of its anchor, or, of an alias, that of its target; 0: none

  /// Offsets into the file. `lead` is where the entry begins in its parent: at the dash of a block
  /// sequence, at the `?` of an explicit key, else equal to `begin`. `begin` is at the anchor or
  /// tag, `content` behind them, `end` behind the last byte. A block collection ends where its last
  /// child does; trailing comments and blank lines belong to nobody.
  std::size_t lead = 0;
  std::size_t begin = 0;
  std::size_t content = 0;
  std::size_t end = 0;

  /// Items of a sequence; of a mapping key, value, key, value, and so on.
  std::vector<Node> children;

  bool is_mapping() const { return kind == NodeKind::Mapping; }
  bool is_sequence() const { return kind == NodeKind::Sequence; }
  bool is_scalar() const { return kind == NodeKind::Scalar; }
  bool is_null() const { return kind == NodeKind::Null; }
};

/// One `key: value` of a mapping. Borrowed from the tree; both null when there is no such key.
struct Entry {
  const Node* key = nullptr;
  const Node* value = nullptr;

  explicit operator bool() const { return key != nullptr; }
};

/// The last entry with that key, as kubectl takes it; nothing for a node that is no mapping.
[[nodiscard]] Entry find(const Node& mapping, std::string_view key);

/// Where `key` is called `name`, whichever quotes it has.
[[nodiscard]] bool is_key(const Node& key, std::string_view name);

}  // namespace meshctl::inject
