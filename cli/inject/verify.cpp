#include "cli/inject/verify.h"

#include <algorithm>
#include <map>
#include <set>

#include "cli/inject/pointer.h"
#include "cli/inject/yaml_writer.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {
namespace {

bool same_node(const Node& a, const Node& b) {
  return a.kind == b.kind && a.style == b.style && a.value == b.value && a.tag == b.tag &&
         a.anchor == b.anchor;
}

/// Whether `node`, as re-parsed, is the data that we meant to write.
bool is_value(const Node& node, const Value& value) {
  if (node.anchor != 0 || !node.tag.empty()) return false;
  if (const auto* text = std::get_if<std::string>(&value.data)) {
    return node.is_scalar() && node.value == *text &&
           (node.style != NodeStyle::Plain || is_plain_word(*text));
  }
  if (const auto* list = std::get_if<Value::List>(&value.data)) {
    return node.is_sequence() && std::ranges::equal(node.children, *list, is_value);
  }
  if (const auto* map = std::get_if<Value::Map>(&value.data)) {
    if (!node.is_mapping() || node.children.size() != 2 * map->size()) return false;
    for (std::size_t i = 0; i < map->size(); ++i) {
      if (!is_key(node.children[2 * i], (*map)[i].first)) return false;
      if (!is_value(node.children[2 * i + 1], (*map)[i].second)) return false;
    }
    return true;
  }
  return node.is_scalar() && node.style == NodeStyle::Plain && node.value == flow(value);
}

/// The nodes that `value` stands for when it is appended to a collection with `count` children.
bool appended_is(const Node& after, std::size_t count, const Value& value) {
  Node tail;
  tail.kind = after.kind;
  tail.style = after.style;
  if (after.children.size() < count) return false;
  tail.children.assign(after.children.begin() + static_cast<std::ptrdiff_t>(count),
                       after.children.end());
  return is_value(tail, value);
}

using Nodes = std::vector<const Node*>;

/// The children that both must have: those of `node` without the entry `key`.
Nodes children_without(const Node& node, std::string_view key) {
  Nodes kept;
  const Entry lost = find(node, key);
  for (const Node& child : node.children) {
    if (&child != lost.key && &child != lost.value) kept.push_back(&child);
  }
  return kept;
}

Nodes children_of(const Node& node) {
  Nodes all;
  for (const Node& child : node.children) all.push_back(&child);
  return all;
}

/// Walks two trees side by side. Rules are asked what may differ at a node; the first unexplained
/// difference is remembered as the node of the old tree.
class Comparison {
 public:
  virtual ~Comparison() = default;

  /// Null, or the node of `before` at which `after` is not what it should be.
  const Node* walk(const Node& before, const Node& after) const {
    const auto verdict = judge(before, after);
    if (verdict) return *verdict ? nullptr : &before;
    const auto count = before.children.size();
    if (!loses_or_gains(before)) {
      if (after.children.size() != count) return &before;
      for (std::size_t i = 0; i < count; ++i) {
        const Node* found = walk(before.children[i], after.children[i]);
        if (found != nullptr) return found;
      }
      return nullptr;
    }
    Nodes kept_before;
    Nodes kept_after;
    if (!pair_children(before, after, kept_before, kept_after)) return &before;
    for (std::size_t i = 0; i < kept_before.size(); ++i) {
      const Node* found = walk(*kept_before[i], *kept_after[i]);
      if (found != nullptr) return found;
    }
    return nullptr;
  }

 protected:
  /// Whether this pair is right as a whole; nothing if that is up to its children.
  virtual std::optional<bool> judge(const Node& before, const Node& after) const = 0;
  /// Whether the children of `before` are not to be the same.
  virtual bool loses_or_gains(const Node& before) const = 0;
  /// The children that still have to be; false if there are too many or too few.
  virtual bool pair_children(const Node& before, const Node& after, Nodes& kept_before,
                             Nodes& kept_after) const = 0;
};

class InjectionCheck : public Comparison {
 public:
  explicit InjectionCheck(std::span<const EditPlan> plans) {
    for (const EditPlan& plan : plans) {
      for (const PlannedEdit& edit : plan.edits()) changes_[edit.node] = &edit;
    }
  }

 private:
  const PlannedEdit* change_at(const Node& node) const {
    const auto found = changes_.find(&node);
    return found == changes_.end() ? nullptr : found->second;
  }

  std::optional<bool> judge(const Node& before, const Node& after) const override {
    const PlannedEdit* edit = change_at(before);
    if (edit != nullptr) {
      const auto* become = std::get_if<Become>(&edit->change);
      if (become != nullptr) return is_value(after, become->value);
      const auto* gain = std::get_if<Gain>(&edit->change);
      if (gain != nullptr && before.is_null()) return is_value(after, gain->added);
    }
    if (!same_node(before, after)) return false;
    return std::nullopt;
  }

  bool loses_or_gains(const Node& before) const override { return change_at(before) != nullptr; }

  bool pair_children(const Node& before, const Node& after, Nodes& kept_before,
                     Nodes& kept_after) const override {
    const PlannedEdit* edit = change_at(before);
    const auto* loss = edit == nullptr ? nullptr : std::get_if<Loss>(&edit->change);
    const auto* gain = edit == nullptr ? nullptr : std::get_if<Gain>(&edit->change);
    kept_before = loss == nullptr ? children_of(before) : children_without(before, loss->key);
    kept_after = children_of(after);
    if (gain != nullptr) {
      if (!appended_is(after, kept_before.size(), gain->added)) return false;
      kept_after.resize(kept_before.size());
    }
    return kept_before.size() == kept_after.size();
  }

  std::map<const Node*, const PlannedEdit*> changes_;
};

class RemovalCheck : public Comparison {
 public:
  explicit RemovalCheck(std::span<const Removal> removals) {
    for (const Removal& each : removals) {
      gone_.insert(each.gone.begin(), each.gone.end());
      for (const auto& [node, want] : each.restored) restored_[node] = &want;
      for (const auto& [node, want] : each.returning) returning_[node] = &want;
    }
  }

 private:
  std::optional<bool> judge(const Node& before, const Node& after) const override {
    const auto restored = restored_.find(&before);
    if (restored != restored_.end()) {
      return after.kind == restored->second->kind && after.value == restored->second->value;
    }
    // A block collection that lost its last member leaves a key without a value.
    const bool emptied = after.is_null() && !before.children.empty() && kept_of(before).empty();
    if (emptied) return true;
    if (!same_node(before, after)) return false;
    return std::nullopt;
  }

  bool loses_or_gains(const Node& before) const override {
    return returning_.contains(&before) || kept_of(before).size() != before.children.size();
  }

  bool pair_children(const Node& before, const Node& after, Nodes& kept_before,
                     Nodes& kept_after) const override {
    kept_before = kept_of(before);
    kept_after = children_of(after);
    const auto returning = returning_.find(&before);
    if (returning != returning_.end()) {
      if (!has_returned(after, *returning->second)) return false;
      kept_after = children_without(after, returning->second->key);
    }
    return kept_before.size() == kept_after.size();
  }

  Nodes kept_of(const Node& node) const {
    const std::size_t stride = node.is_mapping() ? 2 : 1;
    Nodes kept;
    for (std::size_t i = 0; i + stride <= node.children.size(); i += stride) {
      const Node& value = node.children[i + stride - 1];
      if (gone_.contains(&value)) continue;
      if (stride == 2) kept.push_back(&node.children[i]);
      kept.push_back(&value);
    }
    return kept;
  }

  static bool has_returned(const Node& mapping, const ReturningEntry& want) {
    const Entry entry = find(mapping, want.key);
    const Entry neighbour = find(mapping, want.neighbour);
    if (!entry || !neighbour) return false;
    const auto step = want.before_neighbour ? neighbour.key - entry.key : entry.key - neighbour.key;
    return step == 2 && entry.value->kind == want.value.kind &&
           entry.value->value == want.value.value;
  }

  std::set<const Node*> gone_;
  std::map<const Node*, const Node*> restored_;
  std::map<const Node*, const ReturningEntry*> returning_;
};

std::optional<std::string> pointer_of(const Node& root, const Node* difference) {
  if (difference == nullptr) return std::nullopt;
  return pointer_along(chain_to(root, *difference));
}

}  // namespace

bool same_tree(const Node& a, const Node& b) {
  return same_node(a, b) && std::ranges::equal(a.children, b.children, same_tree);
}

std::optional<std::string> difference(const Node& before, const Node& after,
                                      std::span<const EditPlan> plans) {
  return pointer_of(before, InjectionCheck(plans).walk(before, after));
}

std::optional<std::string> difference(const Node& before, const Node& after,
                                      std::span<const Removal> removals) {
  return pointer_of(before, RemovalCheck(removals).walk(before, after));
}

}  // namespace meshctl::inject
