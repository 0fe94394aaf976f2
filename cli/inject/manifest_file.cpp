#include "cli/inject/manifest_file.h"

#include <fmt/format.h>

#include "cli/inject/verify.h"

namespace meshctl::inject {
namespace {

bool report_bug(const SourceText& source, const std::string& what, Diagnostics& problems) {
  problems.push_back(about(source.name(), Severity::Error,
                           fmt::format("the result did not pass its own check ({}), so nothing was "
                                       "written",
                                       what),
                           "this is a bug in meshctl; please report it with the manifest"));
  return false;
}

}  // namespace

ManifestFile ManifestFile::read(std::shared_ptr<const SourceText> source, Diagnostics& problems) {
  ManifestFile file;
  file.source = std::move(source);
  const auto problems_before = problems.size();
  check_bytes(*file.source, problems);
  if (problems.size() > problems_before) return file;
  for (const DocumentRange range : split_documents(*file.source, problems)) {
    auto document = parse_document(*file.source, range);
    if (!document) {
      problems.push_back(std::move(document.error()));
    } else if (*document) {
      file.documents.push_back(std::move(**document));
    }
  }
  return file;
}

bool passes_self_check(const ManifestFile& before, const std::vector<TextEdit>& edits,
                       const std::vector<CheckedEdit>& checks, const std::string& after,
                       Diagnostics& problems) {
  const SourceText& source = *before.source;
  const auto back = apply_edits(after, invert_edits(source.bytes(), edits));
  if (!back || *back != source.bytes()) return report_bug(source, "not reversible", problems);
  const SourceText result(source.name(), after);
  Diagnostics splits;
  const auto ranges = split_documents(result, splits);
  if (!splits.empty() || ranges.size() != before.documents.size()) {
    return report_bug(source, "other documents", problems);
  }
  for (const CheckedEdit& check : checks) {
    const auto document = parse_document(result, ranges[check.document]);
    if (!document) return report_bug(source, document.error().problem, problems);
    if (!*document) return report_bug(source, "an empty document", problems);
    const Node& was = before.documents[check.document].root();
    const Node& is = (*document)->root();
    const auto found = check.plan != nullptr ? difference(was, is, *check.plan)
                                             : difference(was, is, *check.removal);
    if (found) return report_bug(source, fmt::format("{} differs", *found), problems);
  }
  return true;
}

}  // namespace meshctl::inject
