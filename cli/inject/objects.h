#pragma once

#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"

namespace meshctl::inject {

/// A Kubernetes object in a document. Nodes are borrowed from the document.
struct FoundObject {
  const Node* node = nullptr;
  /// What it stands in, outermost first: lists and their `items`, a Template and its `objects`, the
  /// alias that stands for it. Empty for the object at the root.
  std::vector<const Node*> above;
};

/// The objects of a document: its root, or what a List (or any `*List`, nested too), an OpenShift
/// Template or a KRM ResourceList holds.
[[nodiscard]] std::vector<FoundObject> find_objects(const Document& document);

/// Whether `object` can be edited where it stands; else the reason is reported: an alias, an anchor
/// that others use, a merge or duplicate key.
[[nodiscard]] bool can_edit(const SourceText& source, const Document& document,
                            const FoundObject& object, Diagnostics& problems);

}  // namespace meshctl::inject
