#include "cli/inject/object_edit.h"

#include <algorithm>

#include "cli/inject/pointer.h"

namespace meshctl::inject {

ObjectEdit::ObjectEdit(const SourceText& source, const Document& document, const Node& object,
                       Diagnostics& problems)
    : source_(source), document_(document), object_(object), problems_(problems) {}

void ObjectEdit::gain(const Node& collection, Value added, std::string reason) {
  steps_.push_back({&collection, Gain{std::move(added)}, std::move(reason)});
}

void ObjectEdit::become(const Node& value, Value wanted, std::string reason) {
  steps_.push_back({&value, Become{std::move(wanted)}, std::move(reason)});
}

void ObjectEdit::lose(const Node& mapping, std::string_view key, std::string reason) {
  steps_.push_back({&mapping, Loss{std::string(key)}, std::move(reason)});
}

void ObjectEdit::annotate(const Node& holder, Value::Map entries, std::string reason) {
  annotations_.push_back({&holder, std::move(entries), std::move(reason)});
}

std::optional<EditPlan> ObjectEdit::finish(const std::string& version) {
  const auto own = std::ranges::find(annotations_, &object_, &Annotations::holder);
  const bool has_own = own != annotations_.end();
  Annotations first = has_own ? *own : Annotations{&object_, {}, "how to undo this"};
  if (has_own) annotations_.erase(own);
  first.entries.emplace(first.entries.begin(), std::string(kStateAnnotation), Value::text(""));
  annotations_.insert(annotations_.begin(), std::move(first));
  // Planned once without the state to learn what the state has to say, then with it.
  const auto draft = plan("");
  if (!draft) return std::nullopt;
  return plan(write_state(draft->state(version)));
}

std::optional<EditPlan> ObjectEdit::plan(const std::string& state) {
  annotations_.front().entries.front().second = Value::text(state);
  EditPlan plan(source_, object_);
  for (const Step& step : steps_) {
    if (!take(plan, step)) return std::nullopt;
  }
  for (const Annotations& each : annotations_) {
    if (!take(plan, step_of(each))) return std::nullopt;
  }
  return plan;
}

/// Annotations go into the deepest mapping that is there.
ObjectEdit::Step ObjectEdit::step_of(const Annotations& annotations) const {
  const auto entries = Value::map(annotations.entries);
  const Entry metadata = find(*annotations.holder, "metadata");
  if (!metadata) {
    const auto both = Value::map({{"metadata", Value::map({{"annotations", entries}})}});
    return {annotations.holder, Gain{both}, annotations.reason};
  }
  const Entry existing = find(*metadata.value, "annotations");
  if (!existing) {
    return {metadata.value, Gain{Value::map({{"annotations", entries}})}, annotations.reason};
  }
  return {existing.value, Gain{entries}, annotations.reason};
}

/// Whether no alias, shared anchor, merge or duplicate key stands between the object and `node`.
bool ObjectEdit::is_reachable(const Node& node) {
  const auto chain = chain_to(object_, node);
  if (chain.empty()) {
    problems_.push_back(at(source_, node.begin, Severity::Error,
                           "this has to be edited, and an alias or merge key shares it",
                           "write it out where it is used"));
    return false;
  }
  PathCheck check(source_, document_, problems_);
  return std::ranges::all_of(chain, [&](const Node* each) {
    if (each->is_mapping()) return check.mapping(*each);
    // An alias is no sequence, and told as what it is.
    return each->is_sequence() || each->kind == NodeKind::Alias ? check.sequence(*each) : true;
  });
}

bool ObjectEdit::take(EditPlan& plan, const Step& step) {
  if (!is_reachable(*step.node)) return false;
  Result<void, CannotEdit> planned;
  if (const auto* gain = std::get_if<Gain>(&step.change)) {
    planned = plan.gain(*step.node, gain->added, step.reason);
  } else if (const auto* become = std::get_if<Become>(&step.change)) {
    planned = plan.become(*step.node, become->value, step.reason);
  } else {
    planned = plan.lose(*step.node, std::get<Loss>(step.change).key, step.reason);
  }
  if (planned) return true;
  problems_.push_back(at(source_, planned.error().offset, Severity::Error, planned.error().problem,
                         planned.error().hint));
  return false;
}

}  // namespace meshctl::inject
