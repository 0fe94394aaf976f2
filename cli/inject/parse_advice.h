#pragma once

#include <cstddef>
#include <string_view>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document_range.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// Turns a parser's complaint into one that names the likely cause: an item or key a few columns
/// off its siblings, a tab, a template that was not rendered, a merge conflict, a quote or bracket
/// that is never closed, a missing colon.
[[nodiscard]] Diagnostic explain_parse_error(const SourceText& source, DocumentRange range,
                                             std::size_t offset, std::string_view complaint);

/// The parser began a second document at `offset` though no `---` stands there.
[[nodiscard]] Diagnostic explain_second_document(const SourceText& source, DocumentRange range,
                                                 std::size_t offset);

/// A line of a block mapping is only a key: the one at `offset`.
[[nodiscard]] Diagnostic explain_missing_colon(const SourceText& source, DocumentRange range,
                                               std::size_t offset);

/// The text at `offset` is not what the parser read from it.
[[nodiscard]] Diagnostic explain_lost_way(const SourceText& source, DocumentRange range,
                                          std::size_t offset);

/// A line break of YAML 1.1 that later versions do not know stands at `offset`.
[[nodiscard]] Diagnostic unicode_line_break(const SourceText& source, std::size_t offset);

/// `{{`, `{%` or `{#` at `offset` is the mark of a template.
[[nodiscard]] Diagnostic unrendered_template(const SourceText& source, std::size_t offset);

}  // namespace meshctl::inject
