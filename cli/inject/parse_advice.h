#pragma once

#include <cstddef>
#include <string_view>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document_range.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// Turns a parser's complaint into one that names the likely cause: an item one column off its
/// siblings, a tab, a template that was not rendered, a bracket that is never closed.
[[nodiscard]] Diagnostic explain_parse_error(const SourceText& source, DocumentRange range,
                                             std::size_t offset, std::string_view complaint);

/// The parser began a second document at `offset` though no `---` stands there.
[[nodiscard]] Diagnostic explain_second_document(const SourceText& source, DocumentRange range,
                                                 std::size_t offset);

/// `{{` at `offset` is the mark of a Helm or Go template.
[[nodiscard]] Diagnostic unrendered_template(const SourceText& source, std::size_t offset);

}  // namespace meshctl::inject
