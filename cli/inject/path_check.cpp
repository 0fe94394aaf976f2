#include "cli/inject/path_check.h"

#include <fmt/format.h>

#include <map>
#include <string_view>

namespace meshctl::inject {

bool PathCheck::editable(const Node& node) {
  if (node.kind == NodeKind::Alias) {
    problems_.push_back(at(source_, node.begin, Severity::Error,
                           "an alias stands on the way to what has to be edited",
                           "write it out here: an edit of the anchor would reach every "
                           "place that uses it"));
    return false;
  }
  if (document_.is_shared(node)) {
    problems_.push_back(at(source_, node.begin, Severity::Error,
                           "an alias elsewhere uses what has to be edited here",
                           "write it out there: an edit here would change that place too"));
    return false;
  }
  return true;
}

bool PathCheck::unique_keys(const Node& node) {
  std::map<std::string_view, const Node*> seen;
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const Node& key = node.children[i];
    if (!key.is_scalar()) continue;
    const auto [first, is_new] = seen.emplace(key.value, &key);
    if (is_new) continue;
    problems_.push_back(
        at(source_, key.begin, Severity::Error,
           fmt::format("the key `{}` stands here twice", key.value),
           fmt::format("it is also in line {}; kubectl would take the last one only",
                       source_.place(first->second->begin).line)));
    return false;
  }
  return true;
}

bool PathCheck::mapping(const Node& node) {
  if (!editable(node)) return false;
  if (!node.is_mapping()) {
    problems_.push_back(
        at(source_, node.begin, Severity::Error, "a mapping is needed here", "`key: value` lines"));
    return false;
  }
  if (const Entry merge = find(node, "<<")) {
    problems_.push_back(at(source_, merge.key->begin, Severity::Error,
                           "a merge key stands on the way to what has to be edited",
                           "write out what it merges: readers differ in which value wins"));
    return false;
  }
  return unique_keys(node);
}

bool PathCheck::sequence(const Node& node) {
  if (!editable(node)) return false;
  if (node.is_sequence()) return true;
  problems_.push_back(
      at(source_, node.begin, Severity::Error, "a list is needed here", "`- item` lines"));
  return false;
}

}  // namespace meshctl::inject
