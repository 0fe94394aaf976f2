#include "cli/inject/edit_plan.h"

#include <algorithm>

#include "cli/inject/pointer.h"
#include "cli/inject/port_ref.h"
#include "cli/inject/utf8.h"
#include "cli/inject/yaml_writer.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {
namespace {

/// How many nodes lie above the one that changes.
std::size_t depth_of(const PlannedEdit& edit) {
  return static_cast<std::size_t>(std::ranges::count(edit.pointer, '/'));
}

/// What the annotation says of a value: a parameter in the form that a template takes in longer
/// texts, so that both have the same number once it was processed.
std::string plain_text(const Value& value) {
  const auto* text = std::get_if<std::string>(&value.data);
  const auto plain = text != nullptr ? *text : flow(value);
  const auto port = port_from_text(plain);
  return port ? port->text() : plain;
}

/// Notes what `added` brings to `collection`, parents before children. An item of a list counts as
/// one; of maps each entry is listed, so that a parent which others filled meanwhile can stay.
void note_added(const std::string& pointer, const Node& collection, const Value& added,
                State& state) {
  const auto steps = pointer_steps(pointer);
  const std::string name = steps.empty() ? "" : steps.back();
  if (const auto* map = std::get_if<Value::Map>(&added.data)) {
    for (const auto& [key, value] : *map) {
      const auto child = pointer_to(pointer, key);
      const bool is_collection = std::holds_alternative<Value::Map>(value.data) ||
                                 std::holds_alternative<Value::List>(value.data);
      if (is_collection || name == "annotations") {
        state.added.push_back(child);
      } else {
        state.rewritten[child] = {std::nullopt, plain_text(value)};
      }
      if (is_collection) note_added(child, Node(), value, state);
    }
  } else if (const auto* list = std::get_if<Value::List>(&added.data)) {
    for (const std::string& step : steps_of_added(collection, name, *list)) {
      state.added.push_back(pointer_to(pointer, step));
    }
  }
}

/// `uninject` reads what it gives back from an annotation, which holds Unicode only; so do the
/// names that lead to it.
Result<void, CannotEdit> check_keepable(const TextEdit& edit, std::string_view text,
                                        std::string_view pointer) {
  const bool is_pointer = find_non_utf8(pointer) != std::string_view::npos;
  const auto bad = is_pointer ? 0 : find_non_utf8(text);
  if (bad == std::string_view::npos) return {};
  return fail(CannotEdit{edit.offset + bad,
                         is_pointer ? "this has to be edited, and a name above it is not UTF-8"
                                    : "this has to be edited, and a byte of it is not UTF-8",
                         "convert the file to UTF-8"});
}

/// Whether the value at the end of `chain` stands behind a colon: in flow style a key may have
/// none.
bool has_colon(const SourceText& source, const std::vector<const Node*>& chain) {
  const Node& parent = *chain[chain.size() - 2];
  if (!parent.is_mapping()) return true;
  const Node& key = *(chain.back() - 1);  // of a mapping the children are key, value, key, value
  const auto between =
      std::string_view(source.bytes()).substr(key.end, chain.back()->begin - key.end);
  return between.find(':') != std::string_view::npos;
}

}  // namespace

Result<void, CannotEdit> EditPlan::gain(const Node& collection, Value added, std::string reason) {
  const auto chain = chain_to(*object_, collection);
  MESHCTL_ASSERT(!chain.empty());
  Target target{&collection, nullptr, nullptr};
  if (chain.size() > 1 && chain[chain.size() - 2]->is_mapping()) {
    target.parent = chain[chain.size() - 2];
    target.key = &collection - 1;  // of a mapping the children are key, value, key, value
  }
  auto edit = append(*source_, target, added);
  if (!edit) return fail(edit.error());
  auto pointer = pointer_along(chain);
  auto keepable = check_keepable(*edit, "", pointer);
  if (!keepable) return keepable;
  std::optional<std::string> replaced;
  const bool in_flow = target.parent != nullptr && target.parent->style != NodeStyle::Block;
  if (edit->length > 0 || (collection.is_null() && in_flow)) {
    replaced = source_->bytes().substr(edit->offset, edit->length);
  }
  edits_.push_back({&collection,
                    Gain{std::move(added)},
                    std::move(pointer),
                    std::move(reason),
                    std::move(*edit),
                    std::move(replaced),
                    {}});
  return {};
}

Result<void, CannotEdit> EditPlan::become(const Node& scalar, Value value, std::string reason) {
  const auto chain = chain_to(*object_, scalar);
  MESHCTL_ASSERT(chain.size() > 1);
  const bool is_plain_node = (scalar.is_scalar() || scalar.is_null()) && scalar.anchor == 0 &&
                             scalar.tag.empty() && has_colon(*source_, chain);
  if (!is_plain_node || scalar.style == NodeStyle::BlockScalar) {
    return fail(CannotEdit{scalar.begin, "this value has to be edited, and is not a plain one",
                           "write it out, without alias, anchor or tag"});
  }
  const bool in_flow = chain[chain.size() - 2]->style != NodeStyle::Block;
  const bool is_absent = scalar.style == NodeStyle::Absent;
  TextEdit edit{scalar.content, scalar.end - scalar.content,
                (is_absent ? " " : "") + (in_flow ? flow(value) : inject::scalar(value))};
  auto pointer = pointer_along(chain);
  const auto replaced = std::string_view(source_->bytes()).substr(edit.offset, edit.length);
  auto keepable = check_keepable(edit, replaced, pointer);
  if (!keepable) return keepable;
  edits_.push_back({&scalar,
                    Become{std::move(value)},
                    std::move(pointer),
                    std::move(reason),
                    std::move(edit),
                    {},
                    {}});
  return {};
}

Result<void, CannotEdit> EditPlan::lose(const Node& mapping, std::string_view key,
                                        std::string reason) {
  const auto chain = chain_to(*object_, mapping);
  MESHCTL_ASSERT(!chain.empty());
  auto cut = cut_entry(*source_, mapping, key);
  if (!cut) return fail(cut.error());
  TextEdit edit{cut->offset, cut->text.size(), ""};
  auto pointer = pointer_along(chain);
  auto keepable = check_keepable(edit, cut->text, pointer + cut->entry.neighbour);
  if (!keepable) return keepable;
  edits_.push_back({&mapping,
                    Loss{std::string(key)},
                    std::move(pointer),
                    std::move(reason),
                    std::move(edit),
                    {},
                    std::move(cut->entry)});
  return {};
}

std::vector<TextEdit> EditPlan::text_edits() const {
  std::vector<const PlannedEdit*> sorted;
  for (const PlannedEdit& each : edits_) sorted.push_back(&each);
  std::ranges::stable_sort(sorted, [](const PlannedEdit* a, const PlannedEdit* b) {
    if (a->edit.offset != b->edit.offset) return a->edit.offset < b->edit.offset;
    return depth_of(*a) > depth_of(*b);
  });
  std::vector<TextEdit> edits;
  for (const PlannedEdit* each : sorted) edits.push_back(each->edit);
  return edits;
}

State EditPlan::state(std::string version) const {
  State state;
  state.version = std::move(version);
  for (const PlannedEdit& edit : edits_) {
    if (const auto* gain = std::get_if<Gain>(&edit.change)) {
      note_added(edit.pointer, *edit.node, gain->added, state);
      if (edit.replaced) state.replaced[edit.pointer] = *edit.replaced;
    } else if (const auto* become = std::get_if<Become>(&edit.change)) {
      state.rewritten[edit.pointer] = {source_->bytes().substr(edit.edit.offset, edit.edit.length),
                                       plain_text(become->value)};
    } else {
      const auto& loss = std::get<Loss>(edit.change);
      state.taken[pointer_to(edit.pointer, loss.key)] = *edit.cut;
    }
  }
  std::erase(state.added, kStatePointer);
  return state;
}

}  // namespace meshctl::inject
