#include "cli/inject/edit_plan.h"

#include <algorithm>

#include "cli/inject/pointer.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {

Result<void, CannotInsert> EditPlan::append(std::string pointer, Value added, std::string reason) {
  const auto chain = follow(document_.root(), pointer);
  MESHCTL_ASSERT(!chain.empty());
  Target target{chain.back(), nullptr, nullptr};
  if (chain.size() > 1) {
    target.parent = chain[chain.size() - 2];
    target.key = find(*target.parent, pointer_steps(pointer).back()).key;
  }
  auto edit = inject::append(source_, target, added);
  if (!edit) return fail(edit.error());
  std::optional<std::string> replaced;
  const bool in_flow = target.parent != nullptr && target.parent->style != NodeStyle::Block;
  if (edit->length > 0 || (target.collection->is_null() && in_flow)) {
    replaced = source_.bytes().substr(edit->offset, edit->length);
  }
  edits_.push_back({std::move(pointer), std::move(added), std::move(reason), std::move(*edit),
                    std::move(replaced)});
  return {};
}

std::vector<TextEdit> EditPlan::text_edits() const {
  std::vector<const PlannedEdit*> sorted;
  for (const PlannedEdit& each : edits_) sorted.push_back(&each);
  std::ranges::stable_sort(sorted, [](const PlannedEdit* a, const PlannedEdit* b) {
    if (a->edit.offset != b->edit.offset) return a->edit.offset < b->edit.offset;
    return pointer_steps(a->pointer).size() > pointer_steps(b->pointer).size();
  });
  std::vector<TextEdit> edits;
  for (const PlannedEdit* each : sorted) edits.push_back(each->edit);
  return edits;
}

void list_pointers(const std::string& pointer, const Value& added,
                   std::vector<std::string>& pointers) {
  if (const auto* map = std::get_if<Value::Map>(&added.data)) {
    for (const auto& [key, value] : *map) {
      const auto child = pointer_to(pointer, key);
      pointers.push_back(child);
      list_pointers(child, value, pointers);
    }
  } else if (const auto* list = std::get_if<Value::List>(&added.data)) {
    for (const Value& item : *list) {
      const auto* entries = std::get_if<Value::Map>(&item.data);
      MESHCTL_ASSERT(entries != nullptr && !entries->empty() && entries->front().first == "name");
      pointers.push_back(pointer_to(pointer, std::get<std::string>(entries->front().second.data)));
    }
  }
}

std::vector<std::string> EditPlan::added_pointers() const {
  std::vector<std::string> pointers;
  for (const PlannedEdit& each : edits_) list_pointers(each.pointer, each.added, pointers);
  return pointers;
}

}  // namespace meshctl::inject
