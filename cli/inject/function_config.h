#pragma once

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/settings.h"

namespace meshctl::inject {

/// The settings for the items of `document`: those given, and over them, if it is a KRM
/// ResourceList with a functionConfig, its `data` (as of a ConfigMap) or `spec`: an entry a
/// setting, by its name. What is no setting, or no value of one, is reported.
[[nodiscard]] Settings read_function_config(const SourceText& source, const Document& document,
                                            Settings settings, Diagnostics& problems);

}  // namespace meshctl::inject
