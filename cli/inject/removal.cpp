#include "cli/inject/removal.h"

#include <algorithm>

#include "cli/inject/pointer.h"
#include "cli/inject/state.h"

namespace meshctl::inject {
namespace {

/// The entries of a collection alike: for a sequence lead and value are the item's.
struct Member {
  std::size_t lead;
  const Node* value;
  std::string pointer;
};

std::vector<Member> members_of(const Node& collection, const std::string& pointer) {
  std::vector<Member> members;
  const std::size_t step = collection.is_mapping() ? 2 : 1;
  for (std::size_t i = 0; i + step <= collection.children.size(); i += step) {
    const Node& first = collection.children[i];
    const Node& value = collection.children[i + step - 1];
    const auto name = step == 2 ? std::string_view(first.value) : item_name(first);
    members.push_back({first.lead, &value, pointer_to(pointer, name)});
  }
  return members;
}

class Remover {
 public:
  Remover(const SourceText& source, const State& state) : source_(source), state_(state) {
    added_.insert(state.added.begin(), state.added.end());
    added_.emplace(kStatePointer);
  }

  /// Plans the cuts below `node`, and tells whether nothing of it is left.
  bool visit(const Node& node, const std::string& pointer) {
    const auto members = members_of(node, pointer);
    std::vector<bool> gone(members.size());
    const auto cuts_before = removal_.edits.size();
    for (std::size_t i = 0; i < members.size(); ++i) {
      const Member& member = members[i];
      if (!concerns(member.pointer)) continue;
      const auto cuts_before_member = removal_.edits.size();
      const bool is_added = added_.contains(member.pointer);
      // An added mapping that others have put something into stays, without what is ours.
      const bool emptied = visit(*member.value, member.pointer);
      gone[i] = is_added && (emptied || !member.value->is_mapping() || node.is_sequence());
      if (gone[i]) {
        removal_.edits.resize(cuts_before_member);  // the cut of the member covers them
        removal_.removed.insert(member.pointer);
      }
    }
    const bool all_gone =
        !members.empty() && std::ranges::all_of(gone, [](bool is_gone) { return is_gone; });
    const auto original = state_.replaced.find(pointer);
    if (all_gone && original != state_.replaced.end()) {
      removal_.edits.resize(cuts_before);
      restore(node, original->second);
      removal_.restored.insert(pointer);
    } else {
      cut(node, members, gone);
    }
    return all_gone;
  }

  Removal take() { return std::move(removal_); }

 private:
  /// Whether something at or below `pointer` is ours: most of a manifest need not be walked.
  bool concerns(const std::string& pointer) const {
    const auto at_or_after = added_.lower_bound(pointer);
    return at_or_after != added_.end() && at_or_after->starts_with(pointer);
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

  void restore(const Node& node, const std::string& original) {
    auto begin = node.begin;
    if (original.empty() && begin > 0 && source_.bytes()[begin - 1] == ' ') --begin;
    removal_.edits.push_back({begin, node.end - begin, original});
  }

  const SourceText& source_;
  const State& state_;
  std::set<std::string> added_;
  Removal removal_;
};

}  // namespace

std::optional<Removal> plan_removal(const SourceText& source, const Document& document,
                                    Diagnostics& problems) {
  const auto chain = follow(document.root(), kStatePointer);
  if (chain.empty()) return std::nullopt;
  const Node& annotation = *chain.back();
  const auto state = read_state(annotation.value);
  if (!annotation.is_scalar() || !state) {
    problems.push_back(at(source, annotation.begin, Severity::Error,
                          "this annotation does not say what `meshctl inject` added",
                          "restore it, or take out the container `telemetry` and this line"));
    return std::nullopt;
  }
  Remover remover(source, *state);
  remover.visit(document.root(), "");
  return remover.take();
}

}  // namespace meshctl::inject
