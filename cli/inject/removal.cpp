#include "cli/inject/removal.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/json_reader.h"
#include "cli/inject/json_stream.h"
#include "cli/inject/object_head.h"
#include "cli/inject/pointer.h"
#include "cli/inject/port_ref.h"
#include "cli/inject/scalar_value.h"
#include "cli/inject/state.h"
#include "cli/inject/yaml_writer.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kCompare =
    "compare it with the manifest as it was before `meshctl inject`";

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

/// Whether `node` says what the state has as `ours`.
bool is_value(const Node& node, std::string_view ours) {
  if (!node.is_scalar()) return false;
  const auto port = port_from_text(node.value);  // `${{PORT}}` is noted as `${PORT}`
  return (port ? port->text() : node.value) == ours;
}

class Remover {
 public:
  Remover(const SourceText& source, const Document& document, const Node& object,
          const State& state, Diagnostics& problems)
      : source_(source),
        is_json_(is_json_stream(source)),
        is_in_template_(text_of(document, document.root(), "kind") == "Template"),
        state_(state),
        problems_(problems) {
    added_.insert(state.added.begin(), state.added.end());
    added_.emplace(kStatePointer);
    concerned_ = added_;
    for (const auto& [pointer, scalar] : state.rewritten) concerned_.insert(pointer);
    for (const auto& [pointer, cut] : state.taken) {
      concerned_.insert(pointer);
      note_if_lost(object, pointer, cut);
    }
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
      met_.insert(member.pointer);
      const bool is_added = added_.contains(member.pointer) || is_our_scalar(member);
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
    // We fill in flow style. A block is a cluster's: its lines go, which leaves null as well.
    const bool is_ours = node.style != NodeStyle::Block;
    if (all_gone && is_ours && original != state_.replaced.end()) {
      removal_.edits.resize(edits_before);
      restore(node, original->second);
    } else {
      cut(node, members, gone);
    }
    rewrite_back(node, pointer);
    put_back_into(node, pointer);
    return all_gone;
  }

  /// What was not met in the object: others took it out or gave it another name. Annotations may
  /// go without a word.
  void warn_of_missing(const Node& annotation) {
    std::string_view missing = " ";
    for (const std::string& pointer : concerned_) {
      if (met_.contains(pointer) || pointer.find("/metadata") != std::string::npos) continue;
      if (pointer.starts_with(missing)) continue;
      missing = pointer;
      problems_.push_back(at(source_, annotation.begin, Severity::Warning,
                             fmt::format("what was changed at {} is not there any more", pointer),
                             std::string(kCompare)));
    }
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
    if (!is_json_ || read_json(original, 0, original.size())) return original;
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
    const auto& [original, ours] = found->second;
    if (!is_value(node, ours)) {
      return warn(node, "was changed since, so it is left as it is");
    }
    if (!original) return;  // the entry goes as a whole
    const auto value = parse_scalar(*original);
    const bool is_scalar = value && (value->is_scalar() || value->is_null());
    if (!is_scalar) return warn(node, "does not say what was here");
    if (needs_template(*original)) {
      return warn(node, fmt::format("was {}, and is no template any more", *original));
    }
    if (lost_names_.contains({container_of(pointer), value->value})) {
      return warn(node, fmt::format("was `{}`, which is no port's name any more", value->value));
    }
    const auto text = text_for(*value, *original);
    put(node, text);
    removal_.restored[&node] = parse_scalar(text).value_or(*value);
  }

  /// A scalar that stands where nothing was, and as we wrote it.
  bool is_our_scalar(const Member& member) const {
    const auto found = state_.rewritten.find(member.pointer);
    return found != state_.rewritten.end() && !found->second.original &&
           is_value(*member.value, found->second.ours);
  }

  /// A processed template keeps `${{PORT}}` in texts, where it means nothing.
  bool needs_template(std::string_view text) const {
    return !is_in_template_ && text.find("${{") != std::string_view::npos;
  }

  /// The pointer up to the container with the node; empty if there is none.
  static std::string container_of(std::string_view pointer) {
    std::string container;
    bool is_in_list = false;
    for (const std::string& step : pointer_steps(pointer)) {
      container = pointer_to(container, step);
      if (is_in_list) return container;
      is_in_list = step == "containers" || step == "initContainers";
    }
    return "";
  }

  /// Probes cannot have a name back that their container's port does not get back.
  void note_if_lost(const Node& object, const std::string& pointer, const CutEntry& cut) {
    const auto value = parse_entry_value(cut.text);
    const auto chain = follow(object, pointer.substr(0, pointer.rfind('/')));
    if (!value || (!chain.empty() && why_not_back(*chain.back(), last_step(pointer), cut).empty()))
      return;
    lost_names_.insert({container_of(pointer), value->value});
  }

  /// Why an entry cannot be put back into `node`; empty: it can.
  std::string why_not_back(const Node& node, const std::string& key, const CutEntry& cut) const {
    if (find(node, key)) {
      return fmt::format("has got a `{}` since, so it is left as it is", key);
    }
    if (!parse_entry_value(cut.text) || !find(node, cut.neighbour)) {
      return fmt::format("was changed since, so its `{}` is not put back", key);
    }
    if (needs_template(cut.text)) {
      return fmt::format("had a `{}` by a template's parameter, and is no template any more", key);
    }
    return "";
  }

  void put_back_into(const Node& node, const std::string& pointer) {
    for (auto next = state_.taken.lower_bound(pointer + "/"); next != state_.taken.end(); ++next) {
      const auto& [at, taken] = *next;
      if (!at.starts_with(pointer + "/")) break;
      const auto key = last_step(at);
      if (pointer_to(pointer, key) != at) continue;
      met_.insert(at);
      auto why_not = why_not_back(node, key, taken);
      if (why_not.empty() && removal_.returning.contains(&node)) {
        why_not = fmt::format("was changed since, so its `{}` is not put back", key);
      }
      if (!why_not.empty()) {
        warn(node, why_not);
        continue;
      }
      const auto value = parse_entry_value(taken.text);
      removal_.edits.push_back(put_back(source_, node, taken, key, *value));
      removal_.returning[&node] = {key, *value, taken.neighbour, taken.before_neighbour};
    }
  }

  void warn(const Node& node, std::string_view what) {
    problems_.push_back(at(source_, node.begin, Severity::Warning, fmt::format("this {}", what),
                           std::string(kCompare)));
  }

  const SourceText& source_;
  bool is_json_;
  bool is_in_template_;
  const State& state_;
  Diagnostics& problems_;
  std::set<std::string> added_;
  std::set<std::string> concerned_;
  std::set<std::string> met_;
  /// Container and name of the ports that do not get their names back.
  std::set<std::pair<std::string, std::string>> lost_names_;
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
  Remover remover(source, document, object, *state, problems);
  remover.visit(object, "");
  remover.warn_of_missing(annotation);
  auto removal = remover.take();
  removal.annotation = annotation.begin;
  return removal;
}

}  // namespace meshctl::inject
