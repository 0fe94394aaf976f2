#pragma once

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/text_edit.h"

namespace meshctl::inject {

/// What uninject does to one document.
struct Removal {
  std::vector<TextEdit> edits;
  std::set<std::string> removed;   ///< pointers of the nodes that go
  std::set<std::string> restored;  ///< pointers of the nodes that get their old text back
};

/// Finds what an earlier `inject` added to the object at the root of `document`, by the names in
/// its state annotation: so it also works on a manifest that the cluster gave back in another
/// order. Nothing if there is no such annotation, or if it does not make sense, which is reported.
[[nodiscard]] std::optional<Removal> plan_removal(const SourceText& source,
                                                  const Document& document, Diagnostics& problems);

}  // namespace meshctl::inject
