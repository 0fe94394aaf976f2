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

/// What an edit of one document is checked against.
struct CheckedEdit {
  std::size_t document;              ///< index in ManifestFile::documents
  const EditPlan* plan = nullptr;    ///< either this
  const Removal* removal = nullptr;  ///< or this
};

/// Whether `edits` turned `before` into `after` and nothing else: their inverse gives the input
/// back byte for byte, and the re-parsed documents differ by exactly what was planned. Reports the
/// first difference as our bug.
[[nodiscard]] bool passes_self_check(const ManifestFile& before, const std::vector<TextEdit>& edits,
                                     const std::vector<CheckedEdit>& checks,
                                     const std::string& after, Diagnostics& problems);

}  // namespace meshctl::inject
