#pragma once

#include <cstddef>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document_range.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// Whether kubectl reads the whole input as JSON: its first byte that is not white space is `{`.
/// Marks of templates (`{{`, `{%`, `{#`) do not count.
[[nodiscard]] bool is_json_stream(const SourceText& source);

/// Splits JSON values that follow one another, with or without white space between them. Reports
/// what else stands there, `---` included: kubectl takes none of it.
[[nodiscard]] std::vector<DocumentRange> split_json(const SourceText& source,
                                                    Diagnostics& problems);

}  // namespace meshctl::inject
