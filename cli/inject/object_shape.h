#pragma once

#include <optional>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// Why the root of `document` is no Kubernetes object, for kubectl stops at such a document: it is
/// text or a list, or has no `kind`. The message of another tool in a pipe reads like this. Nothing
/// for an object, in whichever case its keys are spelt, and for a null document, which kubectl
/// skips.
[[nodiscard]] std::optional<Diagnostic> explain_no_object(const SourceText& source,
                                                          const Document& document);

}  // namespace meshctl::inject
