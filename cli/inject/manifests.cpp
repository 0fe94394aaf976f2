#include "cli/inject/manifests.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/injection.h"
#include "cli/inject/manifest_file.h"
#include "cli/inject/object_head.h"
#include "cli/inject/objects.h"
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

ObjectReport report_of(const SourceText& source, const Document& document, const Node& object,
                       Action action) {
  const ObjectHead head = read_head(document, object);
  ObjectReport report;
  report.file = source.name();
  report.place = source.place(object.begin);
  if (head.kind) {
    report.api_version = head.api_version.value->value;
    report.kind = head.kind.value->value;
  }
  report.name_space = head.name_space;
  report.name = head.name;
  report.action = action;
  return report;
}

/// Takes earlier injections out of `file`. The result, whose text still tells places in the input,
/// stands for an input that never was injected.
ManifestFile take_out(ManifestFile file, std::vector<ObjectReport>& reports,
                      Diagnostics& problems) {
  std::vector<DocumentPlans<Removal>> removals;
  for (std::size_t i = 0; i < file.documents.size(); ++i) {
    std::vector<Removal> found;
    for (const FoundObject& object : find_objects(file.documents[i])) {
      auto removal = plan_removal(*file.source, file.documents[i], *object.node, problems);
      if (!removal) continue;
      found.push_back(std::move(*removal));
      reports.push_back(report_of(*file.source, file.documents[i], *object.node, Action::Restored));
    }
    if (!found.empty()) removals.push_back({i, std::move(found)});
  }
  if (removals.empty() || has_error(problems)) return file;
  auto restored = carry_out(file, removals, problems);
  return restored ? std::move(*restored) : std::move(file);
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
        for (const FoundObject& object : find_objects(document)) {
          auto service = find_service(document, *object.node);
          if (service) services_.push_back(std::move(*service));
        }
      }
    }
  }

  std::string inject(const ManifestFile& file) {
    std::vector<DocumentPlans<EditPlan>> plans;
    for (std::size_t i = 0; i < file.documents.size(); ++i) {
      DocumentPlans<EditPlan> of_document{i, {}};
      for (const FoundObject& object : find_objects(file.documents[i])) {
        auto plan = plan_object(file, file.documents[i], object);
        if (plan) of_document.plans.push_back(std::move(*plan));
      }
      if (!of_document.plans.empty()) plans.push_back(std::move(of_document));
    }
    if (has_error(outcome_.problems)) return {};
    return carry_out(file, plans, outcome_.problems).value_or("");
  }

  bool found_workloads() const { return workloads_ > 0; }

 private:
  std::optional<EditPlan> plan_object(const ManifestFile& file, const Document& document,
                                      const FoundObject& object) {
    auto workload = find_workload(document, *object.node);
    if (!workload) return std::nullopt;
    ++workloads_;
    auto injection = plan_injection(*file.source, document, std::move(*workload), services_,
                                    settings_, outcome_.problems);
    if (injection.report) outcome_.reports.push_back(std::move(*injection.report));
    if (injection.plan && !can_edit(*file.source, document, object, outcome_.problems)) {
      return std::nullopt;
    }
    return std::move(injection.plan);
  }

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
        for (const FoundObject& object : find_objects(document)) {
          auto workload = find_workload(document, *object.node);
          if (!workload) continue;
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
