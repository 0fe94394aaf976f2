#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/text_edit.h"

namespace meshctl::inject {

/// An entry that comes back into a mapping.
struct ReturningEntry {
  std::string key;
  Node value;
  std::string neighbour;
  bool before_neighbour = false;
};

/// What uninject does to one object. Nodes are borrowed from its document as it is.
struct Removal {
  std::size_t annotation = 0;  ///< offset of what says so; of each object another one
  std::vector<TextEdit> edits;
  std::set<const Node*> gone;                       ///< values of entries, and items, that go
  std::map<const Node*, Node> restored;             ///< nodes that get back what they were
  std::map<const Node*, ReturningEntry> returning;  ///< by the mapping
};

/// Finds what an earlier `inject` changed in `object`, a node of `document`, by the names in its
/// state annotation: so it also works on a manifest that the cluster gave back in another order.
/// Nothing if there is no such annotation, or if it does not make sense, which is reported. What
/// others have changed since stays as it is, with a warning.
[[nodiscard]] std::optional<Removal> plan_removal(const SourceText& source,
                                                  const Document& document, const Node& object,
                                                  Diagnostics& problems);

}  // namespace meshctl::inject
