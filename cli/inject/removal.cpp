#include "cli/inject/removal.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/pointer.h"
#include "cli/inject/scalar_value.h"
#include "cli/inject/state.h"
#include "cli/inject/yaml_writer.h"

namespace meshctl::inject {
namespace {

/// The entries of a collection alike: for a sequence lead and value are the item's.
struct Member {
  std::size_t lead;
  const Node* value;
  std::string pointer;
};

std::vector<Member> members_of(const Node& collection, const std::string& pointer,
                               std::string_view name) {
  std::vector<Member> members;
  const auto steps = member_steps(collection, name);
  const std::size_t stride = collection.is_mapping() ? 2 : 1;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    members.push_back({collection.children[stride * i].lead,
                       &collection.children[stride * i + stride - 1],
                       pointer_to(pointer, steps[i])});
  }
  return members;
}

std::string last_step(std::string_view pointer) {
  const auto steps = pointer_steps(pointer);
  return steps.empty() ? std::string() : steps.back();
}

class Remover {
 public:
  Remover(const SourceText& source, const Node& object, const State& state, Diagnostics& problems)
      : source_(source),
        is_json_(source.bytes()[object.begin] == '{'),
        state_(state),
        problems_(problems) {
    added_.insert(state.added.begin(), state.added.end());
    added_.emplace(kStatePointer);
    concerned_ = added_;
    for (const auto& [pointer, scalar] : state.rewritten) concerned_.insert(pointer);
    for (const auto& [pointer, cut] : state.taken) concerned_.insert(pointer);
  }

  /// Plans the edits below `node`, and tells whether nothing of it is left.
  bool visit(const Node& node, const std::string& pointer) {
    const auto members = members_of(node, pointer, last_step(pointer));
    std::vector<bool> gone(members.size());
    const auto edits_before = removal_.edits.size();
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Member& member = members[i];
      if (!concerns(member.pointer)) continue;
      const auto edits_before_member = removal_.edits.size();
      const bool is_added = added_.contains(member.pointer);
      // An added mapping that others have put something into stays, without what is ours.
      const bool emptied = visit(*member.value, member.pointer);
      gone[i] = is_added && (emptied || !member.value->is_mapping() || node.is_sequence());
      if (gone[i]) {
        removal_.edits.resize(edits_before_member);  // the cut of the member covers them
        removal_.gone.insert(member.value);
      }
    }
    const bool all_gone =
        !members.empty() && std::ranges::all_of(gone, [](bool is_gone) { return is_gone; });
    const auto original = state_.replaced.find(pointer);
    if (all_gone && original != state_.replaced.end()) {
      removal_.edits.resize(edits_before);
      restore(node, original->second);
    } else {
      cut(node, members, gone);
    }
    rewrite_back(node, pointer);
    put_back_into(node, pointer);
    return all_gone;
  }

  Removal take() { return std::move(removal_); }

 private:
  /// Whether something at or below `pointer` is ours: most of a manifest need not be walked.
  bool concerns(const std::string& pointer) const {
    const auto at_or_after = concerned_.lower_bound(pointer);
    return at_or_after != concerned_.end() && at_or_after->starts_with(pointer);
  }

  void cut(const Node& node, const std::vector<Member>& members, const std::vector<bool>& gone) {
    bool kept_before = false;
    for (std::size_t i = 0; i < members.size(); ++i) {
      if (!gone[i]) {
        kept_before = true;
      } else if (node.style == NodeStyle::Block) {
        cut_lines(members[i]);
      } else if (kept_before) {
        cut_bytes(members[i - 1].value->end, members[i].value->end);
      } else {
        const bool is_last = i + 1 == members.size();
        cut_bytes(members[i].lead, is_last ? members[i].value->end : members[i + 1].lead);
      }
    }
  }

  /// From the line end before the member to its last byte.
  void cut_lines(const Member& member) {
    const auto line = source_.line_begin(member.lead);
    if (line == 0) {
      cut_bytes(0, member.value->end);
    } else {
      cut_bytes(source_.line_end(line - 1), member.value->end);
    }
  }

  void cut_bytes(std::size_t begin, std::size_t end) {
    removal_.edits.push_back({begin, end - begin, ""});
  }

  /// Gives a collection that we filled its old text back.
  void restore(const Node& node, const std::string& original) {
    const auto value = parse_scalar(original);
    if (!value || !value->is_null()) return warn(node, "does not say what was here");
    put(node, text_for(*value, original));
    removal_.restored[&node] = *value;
  }

  /// The old text where it fits: a cluster gives JSON back, whatever the manifest was written in.
  std::string text_for(const Node& value, const std::string& original) const {
    if (!is_json_) return original;
    return value.is_null() ? "null" : flow(value_of(value));
  }

  void put(const Node& node, const std::string& text) {
    auto begin = node.begin;
    const bool has_space = begin > 0 && source_.bytes()[begin - 1] == ' ';
    if (text.empty() && has_space) --begin;
    removal_.edits.push_back({begin, node.end - begin, text});
  }

  void rewrite_back(const Node& node, const std::string& pointer) {
    const auto found = state_.rewritten.find(pointer);
    if (found == state_.rewritten.end()) return;
    const auto value = parse_scalar(found->second.original);
    const bool is_value = value && (value->is_scalar() || value->is_null());
    if (!is_value) return warn(node, "does not say what was here");
    if (!node.is_scalar() || node.value != found->second.ours) {
      return warn(node, "was changed since, so it is left as it is");
    }
    put(node, text_for(*value, found->second.original));
    removal_.restored[&node] = *value;
  }

  void put_back_into(const Node& node, const std::string& pointer) {
    for (auto next = state_.taken.lower_bound(pointer + "/"); next != state_.taken.end(); ++next) {
      const auto& [at, taken] = *next;
      if (!at.starts_with(pointer + "/")) break;
      const auto key = last_step(at);
      if (pointer_to(pointer, key) != at) continue;
      if (find(node, key)) {
        warn(node, fmt::format("has got a `{}` since, so it is left as it is", key));
        continue;
      }
      const auto value = parse_entry_value(taken.text);
      if (!value || !find(node, taken.neighbour) || removal_.returning.contains(&node)) {
        warn(node, fmt::format("was changed since, so its `{}` is not put back", key));
        continue;
      }
      removal_.edits.push_back(put_back(source_, node, taken, key, *value));
      removal_.returning[&node] = {key, *value, taken.neighbour, taken.before_neighbour};
    }
  }

  void warn(const Node& node, std::string_view what) {
    problems_.push_back(at(source_, node.begin, Severity::Warning, fmt::format("this {}", what),
                           "compare it with the manifest as it was before `meshctl inject`"));
  }

  const SourceText& source_;
  bool is_json_;
  const State& state_;
  Diagnostics& problems_;
  std::set<std::string> added_;
  std::set<std::string> concerned_;
  Removal removal_;
};

}  // namespace

std::optional<Removal> plan_removal(const SourceText& source, const Document& document,
                                    const Node& object, Diagnostics& problems) {
  const auto chain = follow(object, kStatePointer);
  if (chain.empty()) return std::nullopt;
  const Node& annotation = document.resolve(*chain.back());
  const auto state = read_state(annotation.value);
  if (!annotation.is_scalar() || !state) {
    problems.push_back(at(source, annotation.begin, Severity::Error,
                          "this annotation does not say what `meshctl inject` added",
                          "restore it, or take out the container `telemetry` and this line"));
    return std::nullopt;
  }
  Remover remover(source, object, *state, problems);
  remover.visit(object, "");
  auto removal = remover.take();
  removal.annotation = annotation.begin;
  return removal;
}

}  // namespace meshctl::inject
