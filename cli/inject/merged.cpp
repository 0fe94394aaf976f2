#include "cli/inject/merged.h"

#include <algorithm>

namespace meshctl::inject {
namespace {

/// chosen: merges of merges are rare, and an anchor cannot hold an alias to itself.
constexpr int kMaxMergeDepth = 8;

/// A quoted "<<" is a key like any other.
bool is_merge_key(const Node& key) {
  return is_key(key, "<<") && key.style == NodeStyle::Plain;
}

void collect(const Document& document, const Node& mapping, int depth, std::vector<Entry>& found) {
  if (!mapping.is_mapping() || depth > kMaxMergeDepth) return;
  for (std::size_t i = mapping.children.size(); i >= 2; i -= 2) {
    const Node& key = mapping.children[i - 2];
    if (!is_merge_key(key)) {
      found.push_back({&key, &mapping.children[i - 1]});
      continue;
    }
    const Node& source = document.resolve(mapping.children[i - 1]);
    collect(document, source, depth + 1, found);
    if (!source.is_sequence()) continue;
    for (const Node& each : source.children) {
      collect(document, document.resolve(each), depth + 1, found);
    }
  }
}

bool owns(const Node& mapping, const Node* value) {
  return std::ranges::any_of(mapping.children, [&](const Node& child) { return &child == value; });
}

}  // namespace

std::vector<Entry> merged_entries(const Document& document, const Node& mapping) {
  std::vector<Entry> found;
  collect(document, mapping, 0, found);
  return found;
}

Reached merged(const Document& document, const Reached& from, std::string_view key) {
  if (!from) return {};
  const Node& mapping = document.resolve(*from.node);
  const bool is_shared = from.is_shared || &mapping != from.node || document.is_shared(mapping);
  for (const Entry& entry : merged_entries(document, mapping)) {
    if (!is_key(*entry.key, key)) continue;
    return {entry.value, is_shared || !owns(mapping, entry.value)};
  }
  return {};
}

const Node* merged_value(const Document& document, const Node& mapping, std::string_view key) {
  const Reached found = merged(document, {&mapping, false}, key);
  return found ? &document.resolve(*found.node) : nullptr;
}

}  // namespace meshctl::inject
