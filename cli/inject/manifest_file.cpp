#include "cli/inject/manifest_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <limits>
#include <set>

#include "cli/inject/byte_check.h"
#include "cli/inject/document_range.h"
#include "cli/inject/object_shape.h"
#include "cli/inject/objects.h"
#include "cli/inject/verify.h"
#include "runtime/base/assert.h"
#include "runtime/base/parallel.h"

namespace meshctl::inject {
namespace {

void report_bug(const SourceText& source, const std::string& what, Diagnostics& problems) {
  problems.push_back(about(source.name(), Severity::Error,
                           fmt::format("the result did not pass its own check ({}), so nothing was "
                                       "written",
                                       what),
                           "this is a bug in meshctl; please report it with the manifest"));
}

/// The pointer at which `after` is not what `plans` should have made of `before`; empty if all is
/// well.
std::string first_difference(const Document& before, const Document& after,
                             const std::vector<EditPlan>& plans) {
  const auto found = difference(before.root(), after.root(), plans);
  return found ? fmt::format("{} differs", *found) : std::string();
}

/// What the first `count` of all removals leave; nothing if that is not what they said, for the
/// annotation that they come from may be anyone's.
std::optional<ManifestFile> left_by(const ManifestFile& before,
                                    const std::vector<DocumentPlans<Removal>>& removals,
                                    std::size_t count) {
  std::vector<TextEdit> edits;
  std::vector<DocumentPlans<Removal>> done;
  std::set<std::size_t> annotations;  // an object that aliases lead to is found more than once
  for (const auto& [index, all] : removals) {
    DocumentPlans<Removal> some{index, {}};
    for (const Removal& removal : all) {
      if (count == 0) break;
      --count;
      if (!annotations.insert(removal.annotation).second) continue;
      edits.insert(edits.end(), removal.edits.begin(), removal.edits.end());
      some.plans.push_back(removal);
    }
    done.push_back(std::move(some));
  }
  auto text = SourceText::after_cuts(before.source, std::move(edits));
  if (!text) return std::nullopt;
  Diagnostics problems;
  auto after = ManifestFile::read(std::make_shared<const SourceText>(std::move(*text)), problems);
  if (!problems.empty() || after.documents.size() != before.documents.size()) return std::nullopt;
  for (const auto& [index, all] : done) {
    if (difference(before.documents[index].root(), after.documents[index].root(), all)) {
      return std::nullopt;
    }
  }
  return after;
}

/// The annotation of a removal that fails where those before it do not.
std::size_t annotation_to_blame(const ManifestFile& before,
                                const std::vector<DocumentPlans<Removal>>& removals) {
  std::vector<std::size_t> annotations;
  for (const auto& [index, all] : removals) {
    for (const Removal& removal : all) annotations.push_back(removal.annotation);
  }
  std::size_t good = 0;
  std::size_t bad = annotations.size();
  while (bad - good > 1) {
    const auto middle = good + (bad - good) / 2;
    (left_by(before, removals, middle) ? good : bad) = middle;
  }
  return annotations.at(good);
}

/// What checking an edited document gave.
struct CheckedDocument {
  std::string wrong;           ///< empty: nothing
  std::vector<TextEdit> undo;  ///< what `uninject` would do to it
};

CheckedDocument check_document(const Document& before, const SourceText& after, DocumentRange range,
                               const std::vector<EditPlan>& plans) {
  const auto document = parse_document(after, range);
  if (!document) return {document.error().problem, {}};
  if (!*document) return {"an empty document", {}};
  CheckedDocument checked{first_difference(before, **document, plans), {}};
  Diagnostics problems;
  for (Removal& removal : plan_removals(after, **document, problems)) {
    std::ranges::move(removal.edits, std::back_inserter(checked.undo));
  }
  if (checked.wrong.empty() && !problems.empty()) checked.wrong = problems.front().problem;
  return checked;
}

/// Whether the text of `after` is what `plans` should have made of `before`, and whether `uninject`
/// gives the input back; empty if so, else what is wrong. Only edited documents are parsed again.
std::string check(const ManifestFile& before, const SourceText& after,
                  const std::vector<DocumentPlans<EditPlan>>& plans) {
  Diagnostics problems;
  const auto ranges = split_documents(after, problems);
  if (!problems.empty() || ranges.size() != before.documents.size()) return "other documents";
  std::vector<CheckedDocument> checked(plans.size());
  for_each_index(plans.size(), [&](std::size_t i) {
    const auto& [index, all] = plans[i];
    checked[i] = check_document(before.documents[index], after, ranges[index], all);
  });
  std::vector<TextEdit> edits;
  for (CheckedDocument& each : checked) {
    if (!each.wrong.empty()) return each.wrong;
    std::ranges::move(each.undo, std::back_inserter(edits));
  }
  const auto back = apply_edits(after.bytes(), std::move(edits));
  return back && *back == before.source->bytes() ? "" : "not reversible";
}

}  // namespace

ManifestFile ManifestFile::read(std::shared_ptr<const SourceText> source, Diagnostics& problems) {
  ManifestFile file;
  file.source = std::move(source);
  const auto problems_before = problems.size();
  check_bytes(*file.source, problems);
  if (problems.size() > problems_before) return file;
  const auto ranges = split_documents(*file.source, problems);
  using Parsed = Result<std::optional<Document>, Diagnostic>;
  std::vector<Parsed> parsed(ranges.size());
  for_each_index(ranges.size(),
                 [&](std::size_t i) { parsed[i] = parse_document(*file.source, ranges[i]); });
  for (Parsed& document : parsed) {
    if (!document) {
      problems.push_back(std::move(document.error()));
    } else if (*document) {
      auto other = explain_no_object(*file.source, **document);
      if (other) problems.push_back(std::move(*other));
      file.documents.push_back(std::move(**document));
    }
  }
  return file;
}

std::vector<Removal> plan_removals(const SourceText& source, const Document& document,
                                   Diagnostics& problems) {
  std::vector<Removal> removals;
  for (const FoundObject& object : find_objects(document)) {
    auto removal = plan_removal(source, document, *object.node, problems);
    if (removal) removals.push_back(std::move(*removal));
  }
  return removals;
}

std::optional<std::string> carry_out(const ManifestFile& before,
                                     const std::vector<DocumentPlans<EditPlan>>& plans,
                                     Diagnostics& problems) {
  std::vector<TextEdit> edits;
  for (const auto& [index, all] : plans) {
    for (const EditPlan& plan : all) {
      const auto some = plan.text_edits();
      edits.insert(edits.end(), some.begin(), some.end());
    }
  }
  auto text = apply_edits(before.source->bytes(), std::move(edits));
  MESHCTL_ASSERT(text);
  if (plans.empty()) return std::move(*text);
  const auto wrong = check(before, SourceText(before.source->name(), *text), plans);
  if (wrong.empty()) return std::move(*text);
  report_bug(*before.source, wrong, problems);
  return std::nullopt;
}

std::optional<ManifestFile> carry_out(const ManifestFile& before,
                                      const std::vector<DocumentPlans<Removal>>& removals,
                                      Diagnostics& problems) {
  auto after = left_by(before, removals, std::numeric_limits<std::size_t>::max());
  if (after) return after;
  problems.push_back(at(*before.source, annotation_to_blame(before, removals), Severity::Error,
                        "what this annotation names cannot be taken out of the object as it is now",
                        "restore the object as it was injected, or take out the container "
                        "`telemetry` and this line"));
  return std::nullopt;
}

}  // namespace meshctl::inject
