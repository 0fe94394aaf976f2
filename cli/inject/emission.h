#pragma once

#include <string>
#include <vector>

#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// What of the result is given out. A live update in two steps, first the pods and then the way to
/// them, cuts no traffic.
enum class Emit {
  All,
  Workloads,  ///< all documents but the Services and Routes that were retargeted
  Services,   ///< only these
};

/// The documents of `text` that `keep` says, one flag a document, each with the `---` line before
/// it and not a byte changed.
[[nodiscard]] std::string keep_documents(const SourceText& text, const std::vector<bool>& keep);

}  // namespace meshctl::inject
