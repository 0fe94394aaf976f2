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
  bool is_json = false;  ///< a value of a JSON stream, which is not read as YAML
};

/// Splits a stream as kubectl does. One whose first byte is `{` is a sequence of JSON values. Any
/// other is YAML and split at its `---` and `...` lines: such a line at column 1 ends a document
/// even inside a block scalar. Reports what kubectl refuses or silently drops: content behind
/// `---`, `%` directives, a document after a bare `...`, what is no JSON between JSON values.
[[nodiscard]] std::vector<DocumentRange> split_documents(const SourceText& source,
                                                         Diagnostics& problems);

}  // namespace meshctl::inject
