#include "cli/inject/manifests.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <tuple>

#include "cli/inject/injector.h"
#include "cli/inject/manifest_file.h"
#include "cli/inject/object_head.h"
#include "cli/inject/objects.h"

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
      reports.push_back(report_on(*file.source, file.documents[i], *object.node, Action::Restored));
    }
    if (!found.empty()) removals.push_back({i, std::move(found)});
  }
  if (removals.empty() || has_error(problems)) return file;
  auto restored = carry_out(file, removals, problems);
  return restored ? std::move(*restored) : std::move(file);
}

/// Problems are found in several passes; people read them from top to bottom.
void sort_by_place(const std::vector<ManifestFile>& files, Diagnostics& problems) {
  std::map<std::string_view, std::size_t> order;
  for (const ManifestFile& file : files) order.emplace(file.source->name(), order.size());
  const auto key = [&](const Diagnostic& problem) {
    const auto file = order.find(problem.file);
    return std::tuple(file == order.end() ? order.size() : file->second, problem.place.line,
                      problem.place.column);
  };
  std::ranges::stable_sort(problems, {}, key);
  // A node that several aliases lead to is complained of once.
  const auto same = [](const Diagnostic& a, const Diagnostic& b) {
    return a.file == b.file && a.place == b.place && a.problem == b.problem;
  };
  problems.erase(std::unique(problems.begin(), problems.end(), same), problems.end());
}

}  // namespace

Outcome inject_manifests(std::vector<Manifest> manifests, const Settings& settings, Emit emit) {
  Outcome outcome;
  auto files = read_all(std::move(manifests), outcome.problems);
  std::vector<ObjectReport> restored;
  for (ManifestFile& file : files) file = take_out(std::move(file), restored, outcome.problems);
  Injector injector(files, settings, emit, outcome);
  injector.plan();
  for (const ObjectReport& report : restored) {
    if (injector.is_planned(report) || outcome.is_refused()) continue;  // injected again at once
    outcome.reports.push_back(report);
    outcome.problems.push_back(
        about(report.file, Severity::Warning,
              fmt::format("{}: it was injected before, and is not this time", describe(report)),
              "a Service needs its pods, and a Route its Service, in the same input"));
  }
  if (!outcome.is_refused()) injector.carry_out();
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
