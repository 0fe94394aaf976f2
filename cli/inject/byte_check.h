#pragma once

#include "cli/inject/diagnostic.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// Finds what would stop us or kubectl before any YAML is read: compressed files, UTF-16, UTF-32,
/// control characters, a byte order mark inside the text, lone CR. The first one is reported.
void check_bytes(const SourceText& source, Diagnostics& problems);

}  // namespace meshctl::inject
