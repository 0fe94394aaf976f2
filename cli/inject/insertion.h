#pragma once

#include <string>

#include "cli/inject/node.h"
#include "cli/inject/source_text.h"
#include "cli/inject/text_edit.h"
#include "cli/inject/value.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// Why text cannot be put in, at which byte.
struct CannotEdit {
  std::size_t offset = 0;
  std::string problem;
  std::string hint;
};

/// A collection that gains, and how it hangs in its parent.
struct Target {
  const Node* collection = nullptr;  ///< a mapping, a sequence, or a null that becomes one
  const Node* key = nullptr;         ///< the key that it is the value of; null for the root
  const Node* parent = nullptr;      ///< the mapping with that key; null for the root
};

/// The edit that appends `added` (the entries of a map, or the items of a list) to `target`, in the
/// style, indentation and line ends of its siblings. In block style the lines go behind the last
/// line of the last sibling, each led by a line end, so that a missing final newline stays missing
/// and trailing comments stay where they are. A written-out null is replaced, anything else kept.
[[nodiscard]] Result<TextEdit, CannotEdit> append(const SourceText& source, const Target& target,
                                                  const Value& added);

}  // namespace meshctl::inject
