#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/inject/document.h"
#include "cli/inject/insertion.h"
#include "cli/inject/text_edit.h"
#include "cli/inject/value.h"

namespace meshctl::inject {

/// What a document gains at one place, as meaning and as text.
struct PlannedEdit {
  /// The collection that gains (see pointer.h): entries if `added` is a map, items if a list.
  std::string pointer;
  Value added;
  std::string reason;
  TextEdit edit;
  /// The text that stood there as the collection's value, empty if its key had none; nothing where
  /// removing what was added is enough.
  std::optional<std::string> replaced;
};

/// The edits of one document, for an object at its root.
class EditPlan {
 public:
  /// Borrows both for its lifetime.
  EditPlan(const SourceText& source, const Document& document)
      : source_(source), document_(document) {}

  /// Plans to append `added` to the collection at `pointer`, which must be there.
  Result<void, CannotInsert> append(std::string pointer, Value added, std::string reason);

  const std::vector<PlannedEdit>& edits() const { return edits_; }
  /// For apply_edits(): lines that go in at the same place are in the order of their depth, deepest
  /// first, so that each continues the collection that it belongs to.
  std::vector<TextEdit> text_edits() const;

  /// Pointers of all nodes that the plan adds, parents before children. An item of a list counts as
  /// one; of maps each entry is listed, so that a parent which others filled meanwhile can stay.
  std::vector<std::string> added_pointers() const;

 private:
  const SourceText& source_;
  const Document& document_;
  std::vector<PlannedEdit> edits_;
};

/// The pointers that `added` under `pointer` brings, see EditPlan::added_pointers().
void list_pointers(const std::string& pointer, const Value& added,
                   std::vector<std::string>& pointers);

}  // namespace meshctl::inject
