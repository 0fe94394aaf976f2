#include "cli/manifest_command.h"

#include <unistd.h>

#include <algorithm>
#include <unordered_set>

#include "cli/error_line.h"
#include "cli/manifest_inputs.h"
#include "cli/manifest_output.h"
#include "cli/manifest_report.h"
#include "cli/progress_line.h"

namespace meshctl::cli {
namespace {

using inject::Action;
using inject::Diagnostics;
using inject::ObjectReport;

/// What --require-injected finds wanting.
Diagnostics missing_injections(const std::vector<ObjectReport>& objects) {
  Diagnostics missing;
  bool found_workload = false;
  for (const ObjectReport& object : objects) {
    if (object.action == Action::Retargeted) continue;  // it follows a workload, and is none
    found_workload = true;
    if (object.action != Action::Skipped) continue;
    missing.push_back(inject::about(object.file, inject::Severity::Error, describe(object),
                                    "--require-injected lets no workload be left out"));
  }
  if (!found_workload) {
    missing.push_back(inject::about("", inject::Severity::Error, "there is no workload to inject",
                                    "--require-injected wants at least one"));
  }
  return missing;
}

/// --check tells what would be done: nothing to objects in files that stay as they are.
void keep_changes_only(ManifestReport& report) {
  std::unordered_set<std::string_view> unchanged;
  for (const FileChange& file : report.files) {
    if (!file.changed) unchanged.insert(file.name);
  }
  std::erase_if(report.objects, [&](const ObjectReport& object) {
    return object.action != Action::Skipped && unchanged.contains(object.file);
  });
}

/// What changes for the applications, once and not for each: their callers come through the proxy.
void note_callers(ManifestReport& report) {
  if (std::ranges::find(report.objects, Action::Injected, &ObjectReport::action) ==
      report.objects.end()) {
    return;
  }
  report.problems.push_back(inject::about(
      "", inject::Severity::Note,
      "applications see their pod's own address as the caller's (loopback for callers at "
      "loopback), so what goes by it changes: pg_hba samehost, MySQL grants, nginx allow, rate "
      "limits, X-Forwarded-For trust",
      "--arg=--send-proxy=v2 tells the caller's to those that read the PROXY protocol; docs/run.md "
      "has the list"));
}

bool shows_progress(const ManifestOptions& options, const std::vector<std::string>& paths) {
  const bool may_be_typed = std::ranges::find(paths, "-") != paths.end();
  return ::isatty(STDERR_FILENO) == 1 && !options.quiet && !options.wants_json() && !may_be_typed;
}

void refuse(InputRefusal refusal, ManifestReport& report) {
  report.failures = std::move(refusal.reasons);
  report.exit_code = refusal.code;
}

/// Edits and writes what was read.
void process(std::vector<inject::Manifest> inputs, const ManifestOptions& options, const Edit& edit,
             ProgressLine& progress, ManifestReport& report) {
  progress.begin("editing", inputs.size());
  auto outcome = edit(inputs);
  report.problems = std::move(outcome.problems);
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool changed = i < outcome.texts.size() && outcome.texts[i] != inputs[i].bytes;
    report.files.push_back({inputs[i].name, changed});
  }
  if (has_error(report.problems)) {
    for (FileChange& file : report.files) file.changed = false;
    report.exit_code = ExitCode::Failed;
    return;
  }
  report.objects = std::move(outcome.reports);
  if (options.require_injected) {
    auto missing = missing_injections(report.objects);
    if (!missing.empty()) {
      std::ranges::move(missing, std::back_inserter(report.problems));
      report.exit_code = ExitCode::GateFailed;
      report.is_done = false;
      return;
    }
  }
  if (options.check) keep_changes_only(report);
  write_results(inputs, outcome.texts, options, progress, report);
  if (report.exit_code != ExitCode::Failed) note_callers(report);
}

}  // namespace

ExitCode edit_manifests(const ManifestOptions& options, const Edit& edit) {
  if (const auto contradiction = contradiction_in(options)) {
    print_error(contradiction->problem, contradiction->hint);
    return ExitCode::Usage;
  }
  ManifestReport report;
  auto paths = find_inputs(options);
  if (paths) {
    ProgressLine progress(shows_progress(options, *paths));
    auto inputs = read_inputs(*paths, progress);
    if (inputs) {
      process(std::move(*inputs), options, edit, progress, report);
    } else {
      refuse(std::move(inputs.error()), report);
    }
  } else {
    refuse(std::move(paths.error()), report);
  }
  print_report(report, options);
  return report.exit_code;
}

}  // namespace meshctl::cli
