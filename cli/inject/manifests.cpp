#include "cli/inject/manifests.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/injection.h"
#include "cli/inject/manifest_file.h"
#include "cli/inject/object_head.h"
#include "cli/inject/service.h"
#include "cli/inject/workload.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {
namespace {

/// Reads all inputs; an empty one is most often a pipe whose first command failed.
std::vector<ManifestFile> read_all(std::vector<Manifest> manifests, Diagnostics& problems) {
  std::vector<ManifestFile> files;
  for (Manifest& manifest : manifests) {
    if (manifest.bytes.empty()) {
      problems.push_back(about(manifest.name, Severity::Error, "this is empty",
                               "did the command that wrote it fail?"));
    }
    auto source =
        std::make_shared<const SourceText>(std::move(manifest.name), std::move(manifest.bytes));
    files.push_back(ManifestFile::read(std::move(source), problems));
  }
  return files;
}

/// Takes earlier injections out of `file`. The result, whose text still tells places in the input,
/// stands for an input that never was injected. Adds a report line an object.
ManifestFile take_out(ManifestFile file, std::vector<ObjectReport>& reports,
                      Diagnostics& problems) {
  std::vector<Removal> removals;
  std::vector<std::size_t> indexes;
  std::vector<TextEdit> edits;
  for (std::size_t i = 0; i < file.documents.size(); ++i) {
    auto removal = plan_removal(*file.source, file.documents[i], problems);
    if (!removal) continue;
    edits.insert(edits.end(), removal->edits.begin(), removal->edits.end());
    removals.push_back(std::move(*removal));
    indexes.push_back(i);
    const ObjectHead head = read_head(file.documents[i], file.documents[i].root());
    reports.push_back({file.source->name(),
                       file.source->place(file.documents[i].root().begin),
                       head.api_version.value->value,
                       head.kind.value->value,
                       head.name_space,
                       head.name,
                       Action::Restored,
                       {},
                       {}});
  }
  if (removals.empty() || has_error(problems)) return file;
  std::vector<CheckedEdit> checks;
  for (std::size_t i = 0; i < removals.size(); ++i) {
    checks.push_back({indexes[i], nullptr, &removals[i]});
  }
  auto text = std::make_shared<const SourceText>(SourceText::after_cuts(file.source, edits));
  if (!passes_self_check(file, edits, checks, text->bytes(), problems)) return file;
  return ManifestFile::read(std::move(text), problems);
}

/// Kinds that hold workloads which are not read: silence would look like "nothing to do".
void warn_of_unread(const SourceText& source, const Document& document, Diagnostics& problems) {
  const ObjectHead head = read_head(document, document.root());
  if (!head.kind) return;
  const std::string& kind = head.kind.value->value;
  if (kind != "Template" && !kind.ends_with("List")) return;
  problems.push_back(at(source, head.kind.value->begin, Severity::Warning,
                        fmt::format("a {} is passed on as it is, without a look inside", kind),
                        "give `inject` the objects themselves, as separate documents"));
}

/// Problems are found in several passes; people read them from top to bottom.
void sort_by_place(const std::vector<ManifestFile>& files, Diagnostics& problems) {
  const auto file_index = [&](const Diagnostic& problem) {
    const auto found = std::ranges::find_if(
        files, [&](const ManifestFile& file) { return file.source->name() == problem.file; });
    return found - files.begin();
  };
  std::ranges::stable_sort(problems, [&](const Diagnostic& a, const Diagnostic& b) {
    const auto file_a = file_index(a);
    const auto file_b = file_index(b);
    return file_a != file_b ? file_a < file_b : a.place.line < b.place.line;
  });
}

class Injector {
 public:
  Injector(const std::vector<ManifestFile>& files, const Settings& settings, Outcome& outcome)
      : settings_(settings), outcome_(outcome) {
    for (const ManifestFile& file : files) {
      for (const Document& document : file.documents) {
        if (auto service = find_service(document, document.root()))
          services_.push_back(std::move(*service));
      }
    }
  }

  std::string inject(const ManifestFile& file) {
    std::vector<EditPlan> plans;
    std::vector<std::size_t> indexes;
    std::vector<TextEdit> edits;
    for (std::size_t i = 0; i < file.documents.size(); ++i) {
      auto workload =
          find_workload(file.documents[i], file.documents[i].root(), settings_.pod_spec_paths);
      if (!workload) {
        warn_of_unread(*file.source, file.documents[i], outcome_.problems);
        continue;
      }
      ++workloads_;
      auto injection = plan_injection(*file.source, file.documents[i], std::move(*workload),
                                      services_, settings_, outcome_.problems);
      if (injection.report) outcome_.reports.push_back(std::move(*injection.report));
      if (!injection.plan) continue;
      const auto text_edits = injection.plan->text_edits();
      edits.insert(edits.end(), text_edits.begin(), text_edits.end());
      plans.push_back(std::move(*injection.plan));
      indexes.push_back(i);
    }
    const auto text = apply_edits(file.source->bytes(), edits);
    MESHCTL_ASSERT(text);
    std::vector<CheckedEdit> checks;
    for (std::size_t i = 0; i < plans.size(); ++i) checks.push_back({indexes[i], &plans[i]});
    if (!passes_self_check(file, edits, checks, *text, outcome_.problems)) return {};
    return *text;
  }

  bool found_workloads() const { return workloads_ > 0; }

 private:
  const Settings& settings_;
  Outcome& outcome_;
  std::vector<Service> services_;
  std::size_t workloads_ = 0;
};

}  // namespace

Outcome inject_manifests(std::vector<Manifest> manifests, const Settings& settings) {
  Outcome outcome;
  auto files = read_all(std::move(manifests), outcome.problems);
  std::vector<ObjectReport> restored;  // not worth a line: injected again at once
  for (ManifestFile& file : files) file = take_out(std::move(file), restored, outcome.problems);
  // What did not parse is missing from `documents`; the others may still have problems of their
  // own.
  Injector injector(files, settings, outcome);
  const bool all_read = !outcome.is_refused();
  for (const ManifestFile& file : files) {
    if (all_read) {
      outcome.texts.push_back(injector.inject(file));
    } else {
      for (const Document& document : file.documents) {
        if (auto workload = find_workload(document, document.root(), settings.pod_spec_paths)) {
          (void)plan_injection(*file.source, document, std::move(*workload), {}, settings,
                               outcome.problems);
        }
      }
    }
  }
  sort_by_place(files, outcome.problems);
  if (!outcome.is_refused() && !injector.found_workloads()) {
    outcome.problems.push_back(about("", Severity::Warning, "there is nothing to inject",
                                     "no document is a Pod, Deployment or other workload"));
  }
  return outcome;
}

Outcome uninject_manifests(std::vector<Manifest> manifests) {
  Outcome outcome;
  for (ManifestFile& file : read_all(std::move(manifests), outcome.problems)) {
    const auto restored = take_out(std::move(file), outcome.reports, outcome.problems);
    outcome.texts.push_back(restored.source->bytes());
  }
  if (!outcome.is_refused() && outcome.reports.empty()) {
    outcome.problems.push_back(about("", Severity::Warning, "there is nothing to uninject",
                                     "no document was injected by meshctl"));
  }
  return outcome;
}

}  // namespace meshctl::inject
