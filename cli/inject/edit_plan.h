#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "cli/inject/document.h"
#include "cli/inject/entry_cut.h"
#include "cli/inject/insertion.h"
#include "cli/inject/state.h"
#include "cli/inject/text_edit.h"
#include "cli/inject/value.h"

namespace meshctl::inject {

/// A collection gains entries (of a map) or items (of a list), behind those that it has.
struct Gain {
  Value added;
};

/// A scalar becomes another one.
struct Become {
  Value value;
};

/// A mapping loses an entry.
struct Loss {
  std::string key;
};

/// A change at one node, as meaning and as text.
struct PlannedEdit {
  const Node* node = nullptr;  ///< as it was; borrowed from the document
  std::variant<Gain, Become, Loss> change;
  std::string pointer;  ///< of `node`, from its object (see pointer.h)
  std::string reason;
  TextEdit edit;
  /// What stood in place of what was gained, empty if its key had no value; nothing where removing
  /// what was added is enough.
  std::optional<std::string> replaced;
  std::optional<CutEntry> cut;  ///< of a Loss
};

/// The edits of one object. A node may be changed once.
class EditPlan {
 public:
  /// Borrows both for its lifetime.
  EditPlan(const SourceText& source, const Node& object) : source_(&source), object_(&object) {}

  Result<void, CannotEdit> gain(const Node& collection, Value added, std::string reason);
  Result<void, CannotEdit> become(const Node& scalar, Value value, std::string reason);
  Result<void, CannotEdit> lose(const Node& mapping, std::string_view key, std::string reason);

  const std::vector<PlannedEdit>& edits() const { return edits_; }
  /// For apply_edits(): lines that go in at the same place are in the order of their depth, deepest
  /// first, so that each continues the collection that it belongs to.
  std::vector<TextEdit> text_edits() const;
  /// What undoes the plan.
  State state(std::string version) const;

 private:
  const SourceText* source_;
  const Node* object_;
  std::vector<PlannedEdit> edits_;
};

}  // namespace meshctl::inject
