#pragma once

#include <string>
#include <string_view>

#include "cli/inject/document.h"
#include "cli/inject/node.h"
#include "cli/inject/object_report.h"

namespace meshctl::inject {

/// What every Kubernetes object says of itself. Nodes are borrowed from the document.
struct ObjectHead {
  Entry api_version;  ///< also found as `apiversion`, whichever the case of its letters
  Entry kind;
  std::string group;  ///< empty for the core group, as in `v1`
  std::string name;   ///< metadata.name, else generateName, else empty
  std::string name_space;

  /// `deployment/web`, as kubectl writes it.
  std::string display() const;
};

/// Reads the head of `object`, a node of `document`, through aliases and merge keys as kubectl
/// does; `kind` is empty if it is no Kubernetes object.
[[nodiscard]] ObjectHead read_head(const Document& document, const Node& object);

/// What is to be said of `object`, a node of `document`.
[[nodiscard]] ObjectReport report_on(const SourceText& source, const Document& document,
                                     const Node& object, Action action);

/// The text of a scalar at `key` of `mapping`, through aliases and merge keys; empty if there
/// is none.
[[nodiscard]] std::string_view text_of(const Document& document, const Node& mapping,
                                       std::string_view key);

/// The mapping or sequence at `key` of `mapping`, through aliases and merge keys; null if
/// there is none.
[[nodiscard]] const Node* collection_of(const Document& document, const Node& mapping,
                                        std::string_view key);

[[nodiscard]] bool equal_ignoring_case(std::string_view a, std::string_view b);

}  // namespace meshctl::inject
