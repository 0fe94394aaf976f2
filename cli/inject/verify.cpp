#include "cli/inject/verify.h"

#include <algorithm>
#include <map>

#include "cli/inject/pointer.h"
#include "cli/inject/yaml_writer.h"

namespace meshctl::inject {
namespace {

using Difference = std::optional<std::string>;

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

class InjectionCheck {
 public:
  explicit InjectionCheck(const EditPlan& plan) {
    for (const PlannedEdit& edit : plan.edits()) additions_[edit.pointer] = &edit.added;
  }

  Difference walk(const Node& before, const Node& after, const std::string& pointer) const {
    const auto addition = additions_.find(pointer);
    const Value* added = addition == additions_.end() ? nullptr : addition->second;
    if (added != nullptr && before.is_null()) {
      return is_value(after, *added) ? Difference() : pointer;
    }
    const auto count = before.children.size();
    if (!same_node(before, after) || after.children.size() < count) return pointer;
    const bool tail_is_right =
        added == nullptr ? after.children.size() == count : appended_is(after, count, *added);
    if (!tail_is_right) return pointer;
    const std::size_t step = before.is_mapping() ? 2 : 1;
    for (std::size_t i = 0; i + step <= count; i += step) {
      const Node& name = before.children[i];
      const auto child =
          pointer_to(pointer, step == 2 ? std::string_view(name.value) : item_name(name));
      if (step == 2 && !same_tree(name, after.children[i])) return child;
      auto found =
          concerns(child) ? walk(before.children[i + step - 1], after.children[i + step - 1], child)
          : same_tree(before.children[i + step - 1], after.children[i + step - 1]) ? Difference()
                                                                                   : child;
      if (found) return found;
    }
    return std::nullopt;
  }

 private:
  bool concerns(const std::string& pointer) const {
    const auto next = additions_.lower_bound(pointer);
    return next != additions_.end() && next->first.starts_with(pointer);
  }

  std::map<std::string, const Value*> additions_;
};

Difference walk_removal(const Node& before, const Node& after, const Removal& removal,
                        const std::string& pointer) {
  if (removal.restored.contains(pointer)) return std::nullopt;
  const std::size_t step = before.is_mapping() ? 2 : 1;
  std::size_t kept = 0;
  bool has_removed = false;
  for (std::size_t i = 0; i + step <= before.children.size(); i += step) {
    const Node& name = before.children[i];
    const auto child =
        pointer_to(pointer, step == 2 ? std::string_view(name.value) : item_name(name));
    if (removal.removed.contains(child)) {
      has_removed = true;
      continue;
    }
    if (kept + step > after.children.size()) return child;
    if (step == 2 && !same_tree(name, after.children[kept])) return child;
    auto found = walk_removal(before.children[i + step - 1], after.children[kept + step - 1],
                              removal, child);
    if (found) return found;
    kept += step;
  }
  if (kept != after.children.size()) return pointer;
  // A block collection that lost its last member leaves a key without a value.
  const bool emptied = has_removed && kept == 0 && after.is_null();
  return emptied || same_node(before, after) ? Difference() : pointer;
}

}  // namespace

bool same_tree(const Node& a, const Node& b) {
  return same_node(a, b) && std::ranges::equal(a.children, b.children, same_tree);
}

std::optional<std::string> difference(const Node& before, const Node& after, const EditPlan& plan) {
  return InjectionCheck(plan).walk(before, after, "");
}

std::optional<std::string> difference(const Node& before, const Node& after,
                                      const Removal& removal) {
  return walk_removal(before, after, removal, "");
}

}  // namespace meshctl::inject
