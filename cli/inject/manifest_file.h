#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/edit_plan.h"
#include "cli/inject/removal.h"
#include "cli/inject/source_text.h"

namespace meshctl::inject {

/// One input, read: its text and its documents. Problems are reported, and the documents that did
/// not parse left out.
struct ManifestFile {
  std::shared_ptr<const SourceText> source;
  std::vector<Document> documents;

  static ManifestFile read(std::shared_ptr<const SourceText> source, Diagnostics& problems);
};

/// What is planned for the objects of one document.
template <typename Plan>
struct DocumentPlans {
  std::size_t document = 0;  ///< index in ManifestFile::documents
  std::vector<Plan> plans;
};

/// The text of `before` with all plans carried out. It is checked before it is given out: parsed
/// again it differs from the input by exactly what was planned, and `uninject` gives the input back
/// byte for byte. Nothing, and our bug reported, if it does not pass.
[[nodiscard]] std::optional<std::string> carry_out(
    const ManifestFile& before, const std::vector<DocumentPlans<EditPlan>>& plans,
    Diagnostics& problems);

/// The same for removals; what they leave, parsed again, is what they said. If it is not, the
/// annotation that they come from does not fit its object, and is reported. Places in the result
/// are still told in the input.
[[nodiscard]] std::optional<ManifestFile> carry_out(
    const ManifestFile& before, const std::vector<DocumentPlans<Removal>>& removals,
    Diagnostics& problems);

/// What takes earlier injections out of the objects of a document.
[[nodiscard]] std::vector<Removal> plan_removals(const SourceText& source, const Document& document,
                                                 Diagnostics& problems);

}  // namespace meshctl::inject
