#pragma once

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"

namespace meshctl::inject {

/// Guards the nodes that an edit passes on its way down. An edit through an alias, or into an
/// anchor that others use, would change more than it says; duplicate and merge keys mean one thing
/// to kubectl and another to other readers.
class PathCheck {
 public:
  /// Borrows all three for its lifetime.
  PathCheck(const SourceText& source, const Document& document, Diagnostics& problems)
      : source_(source), document_(document), problems_(problems) {}

  /// True if `node` is a mapping that can be edited; else the reason is reported.
  [[nodiscard]] bool mapping(const Node& node);
  /// The same for a sequence.
  [[nodiscard]] bool sequence(const Node& node);
  /// False, and reported, if a key stands in `node` twice.
  [[nodiscard]] bool unique_keys(const Node& node);

 private:
  bool editable(const Node& node);

  const SourceText& source_;
  const Document& document_;
  Diagnostics& problems_;
};

}  // namespace meshctl::inject
