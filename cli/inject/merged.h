#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/document.h"

namespace meshctl::inject {

/// A node, and whether others see it too. Borrowed from the document.
struct Reached {
  const Node* node = nullptr;  ///< as it is written: it may be an alias; null: there is none
  /// An alias or a merge key leads to it, or an alias elsewhere to what it is in: an edit of `node`
  /// would change other places as well.
  bool is_shared = false;

  explicit operator bool() const { return node != nullptr; }
};

/// The value of `key` in the mapping that `from` is or stands for, also through merge keys (`<<`).
/// Of several the last one counts, as kubectl takes it. No document, no key, no mapping: nothing.
[[nodiscard]] Reached merged(const Document& document, const Reached& from, std::string_view key);

/// The resolved value of `key` of `mapping`, through aliases and merge keys; null if there is none.
[[nodiscard]] const Node* merged_value(const Document& document, const Node& mapping,
                                       std::string_view key);

/// All entries of `mapping`, those of merge keys included. An entry that another one overrides
/// comes behind it.
[[nodiscard]] std::vector<Entry> merged_entries(const Document& document, const Node& mapping);

}  // namespace meshctl::inject
