#include "runtime/telemetry/word_tree.h"

#include <algorithm>
#include <functional>

#include "runtime/base/assert.h"
#include "runtime/telemetry/route_rules.h"

namespace meshctl::telemetry {
namespace {

constexpr std::string_view kValue = "{id}";
constexpr std::string_view kMore = "{more}";

bool is_word(std::string_view label) noexcept {
  return label != kValue && label != kMore;
}

}  // namespace

struct WordTree::Node {
  Node(Node* parent_node, std::string_view text, std::size_t hash_value)
      : parent(parent_node), label(text), hash(hash_value) {}

  Node* const parent;
  const std::string label;
  const std::size_t hash;
  std::size_t words = 0;  ///< children that are words; the adding thread's
  std::atomic<bool> is_collapsed{false};
  std::atomic<bool> is_folded{false};  ///< its parent collapsed, and it was called too seldom
  std::atomic<std::uint8_t> calls{0};  ///< up to about kEstablished
  std::atomic<Id> route{kNone};
  std::atomic<Id> route_with_slash{kNone};
};

/// The labels of a path, level by level: what it has words or values for.
class WordTree::Steps {
 public:
  explicit Steps(const PathSegments& path) noexcept : path_(path) {}

  [[nodiscard]] std::size_t size() const noexcept {
    return std::min(path_.segments().size(), kMostLevels + 1);
  }
  [[nodiscard]] std::string_view operator[](std::size_t level) const noexcept {
    if (level == kMostLevels) return kMore;
    const auto& segment = path_.segments()[level];
    return segment.is_cut || is_variable_segment(segment.text()) ? kValue : segment.text();
  }
  /// Where the route of this path is kept in its last node.
  [[nodiscard]] std::atomic<Id>& place_in(Node& last) const noexcept {
    return ends_in_slash() ? last.route_with_slash : last.route;
  }
  [[nodiscard]] bool ends_in_slash() const noexcept {
    return path_.ends_in_slash() && size() <= kMostLevels;
  }

 private:
  const PathSegments& path_;
};

WordTree::WordTree() {
  nodes_.push_back(std::make_unique<Node>(nullptr, "", 0));
  root_ = nodes_.back().get();
}

WordTree::~WordTree() = default;

WordTree::Id WordTree::find(const PathSegments& path) noexcept {
  const Steps steps(path);
  std::array<Node*, kMostLevels + 1> visited;
  Node* node = root_;
  for (std::size_t level = 0; level < steps.size(); ++level) {
    node = step(*node, steps[level]);
    if (node == nullptr) return kNone;
    visited[level] = node;
  }
  const auto id = steps.place_in(*node).load(std::memory_order_acquire);
  if (id == kNone) return kNone;
  for (std::size_t level = 0; level < steps.size(); ++level) {
    auto& calls = visited[level]->calls;
    if (calls.load(std::memory_order_relaxed) < kEstablished) {
      calls.fetch_add(1, std::memory_order_relaxed);
    }
  }
  return id;
}

WordTree::Place WordTree::add(const PathSegments& path) {
  const Steps steps(path);
  Node* node = root_;
  std::string name;
  for (std::size_t level = 0; level < steps.size(); ++level) {
    node = &step_or_make(*node, steps[level]);
    name.append("/").append(node->label);
  }
  if (steps.ends_in_slash() || name.empty()) name.push_back('/');
  return {&steps.place_in(*node), std::move(name)};
}

WordTree::Node* WordTree::step(const Node& parent, std::string_view word) const noexcept {
  Node* found = child(parent, word);
  const bool is_known = found != nullptr && !found->is_folded.load(std::memory_order_relaxed);
  if (is_known || !is_word(word)) return found;
  return parent.is_collapsed.load(std::memory_order_relaxed) ? child(parent, kValue) : nullptr;
}

WordTree::Node& WordTree::step_or_make(Node& parent, std::string_view word) {
  if (Node* known = step(parent, word)) return *known;
  if (!is_word(word)) return make_child(parent, word);
  if (!parent.is_collapsed && parent.words < kMostWords) {
    ++parent.words;
    return make_child(parent, word);
  }
  if (!parent.is_collapsed) collapse(parent);
  Node* value = child(parent, kValue);
  return value != nullptr ? *value : make_child(parent, kValue);
}

void WordTree::collapse(Node& level) noexcept {
  // A word that another thread looks up meanwhile may still be counted under itself.
  level.is_collapsed = true;
  for (const auto& node : nodes_) {
    if (node->parent == &level && is_word(node->label) && node->calls < kEstablished) {
      node->is_folded = true;
    }
  }
}

WordTree::Node* WordTree::child(const Node& parent, std::string_view word) const noexcept {
  const auto hash = std::hash<std::string_view>{}(word) ^ std::hash<const Node*>{}(&parent);
  for (std::size_t at = hash % kSlots;; at = (at + 1) % kSlots) {
    Node* node = slots_[at].load(std::memory_order_acquire);
    if (node == nullptr) return nullptr;
    if (node->hash == hash && node->parent == &parent && node->label == word) return node;
  }
}

WordTree::Node& WordTree::make_child(Node& parent, std::string_view word) {
  MESHCTL_ASSERT(nodes_.size() < kMostNodes);
  const auto hash = std::hash<std::string_view>{}(word) ^ std::hash<const Node*>{}(&parent);
  nodes_.push_back(std::make_unique<Node>(&parent, word, hash));
  std::size_t at = hash % kSlots;
  while (slots_[at].load(std::memory_order_relaxed) != nullptr) at = (at + 1) % kSlots;
  slots_[at].store(nodes_.back().get(), std::memory_order_release);
  return *nodes_.back();
}

}  // namespace meshctl::telemetry
