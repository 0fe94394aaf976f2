#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/entry_cut.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// The annotation that says that, and how, an object was injected.
inline constexpr std::string_view kStateAnnotation = "meshctl.dev/injected";
inline constexpr std::string_view kStatePointer = "/metadata/annotations/meshctl.dev~1injected";

/// A scalar that we wrote.
struct RewrittenScalar {
  std::optional<std::string> original;  ///< the text that stood there, quotes and all; or nothing
  std::string ours;                     ///< the value that we wrote

  friend bool operator==(const RewrittenScalar&, const RewrittenScalar&) = default;
};

/// What `uninject` has to know of an injected object. Pointers (see pointer.h) start at the object.
struct State {
  std::string version;  ///< of the meshctl that wrote it
  /// Nodes that were added, parents before children. A mapping goes only when nothing else is left
  /// in it. The state annotation itself is not listed, nor are scalars that others may have changed
  /// since: those are `rewritten`.
  std::vector<std::string> added;
  /// The text that stood where a collection is now; empty if the key had no value.
  std::map<std::string, std::string> replaced;
  std::map<std::string, RewrittenScalar> rewritten;
  std::map<std::string, CutEntry> taken;  ///< by the pointer of the entry that is gone

  friend bool operator==(const State&, const State&) = default;
};

/// The value of the annotation: the version, a word for each added node, and as JSON what was
/// replaced, rewritten or taken out, if anything was: `0.1.0 C A Ad As Ap Ah`. Without the JSON it
/// fits into the 63 bytes that podman 4.3 allows an annotation of a Pod. docs/decisions/0003 has
/// the grammar.
[[nodiscard]] std::string write_state(const State& state);

enum class StateError {
  NotOurs,      ///< not of this shape
  BadPointers,  ///< names what we never add
};

[[nodiscard]] Result<State, StateError> read_state(std::string_view text);

}  // namespace meshctl::inject
