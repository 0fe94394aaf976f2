#pragma once

#include <cstddef>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// The bytes of one document, without the `---` line before it and the marker line behind it.
struct DocumentRange {
  std::size_t begin = 0;
  std::size_t end = 0;
};

/// Finds what would stop us or kubectl before any YAML is read: UTF-16, NUL bytes, lone CR.
void check_bytes(const SourceText& source, Diagnostics& problems);

/// Splits a stream at its `---` and `...` lines, as kubectl does: such a line at column 1 ends a
/// document even inside a block scalar. Reports what kubectl refuses or silently drops: content
/// behind `---`, `%` directives, a document after a bare `...`.
[[nodiscard]] std::vector<DocumentRange> split_documents(const SourceText& source,
                                                         Diagnostics& problems);

}  // namespace meshctl::inject
