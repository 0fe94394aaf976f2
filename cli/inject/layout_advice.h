#pragma once

#include <cstddef>
#include <optional>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document_range.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// The line of `offset` is an item of a list that stands a few columns beside the items above it.
[[nodiscard]] std::optional<Diagnostic> misplaced_item(const SourceText& source,
                                                       DocumentRange range, std::size_t offset);

/// The same for a key and the keys above it.
[[nodiscard]] std::optional<Diagnostic> misplaced_key(const SourceText& source, DocumentRange range,
                                                      std::size_t offset);

/// The line of `offset`, or the one above it, has no `: ` where a key needs one.
[[nodiscard]] std::optional<Diagnostic> missing_colon(const SourceText& source, DocumentRange range,
                                                      std::size_t offset);

}  // namespace meshctl::inject
