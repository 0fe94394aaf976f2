#include "cli/manifest_output.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "cli/file_replacement.h"
#include "cli/in_place.h"
#include "cli/manifest_stream.h"
#include "cli/terminal_text.h"
#include "cli/unified_diff.h"

namespace meshctl::cli {
namespace {

void note_failure(Result<void, FileError> written, ManifestReport& report) {
  if (written) return;
  report.failures.push_back(std::move(written.error()));
  report.exit_code = ExitCode::Failed;
}

std::string diff_of(const std::vector<inject::Manifest>& inputs,
                    const std::vector<std::string>& texts) {
  const DiffStyle style{::isatty(STDOUT_FILENO) == 1, shows_colours(STDOUT_FILENO)};
  std::string diff;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const bool is_stdin = inputs[i].name == kStandardInput;
    diff += unified_diff(is_stdin ? "stdin" : inputs[i].name, inputs[i].bytes, texts[i], style);
  }
  return diff;
}

void rewrite_files(const std::vector<std::string>& texts, ProgressLine& progress,
                   ManifestReport& report) {
  std::vector<Rewrite> rewrites;
  std::vector<FileChange*> changed;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (!report.files[i].changed) continue;
    rewrites.push_back({report.files[i].name, texts[i]});
    changed.push_back(&report.files[i]);
  }
  auto rewritten = replace_files(rewrites, progress);
  if (!rewritten.error) return;
  note_failure(fail(std::move(*rewritten.error)), report);
  if (rewritten.files == 0) report.closing.emplace_back("no file was replaced");
  for (std::size_t i = 0; i < changed.size(); ++i) {
    changed[i]->changed = i < rewritten.files;
    if (rewritten.files == 0) continue;
    report.closing.push_back(
        fmt::format("{} was {}replaced", changed[i]->name, changed[i]->changed ? "" : "not "));
  }
}

/// `3 of 500 files would change`.
std::string verdict_on(const std::vector<FileChange>& files) {
  const auto changed = std::ranges::count_if(files, &FileChange::changed);
  if (files.size() == 1) {
    return fmt::format("{} would {}change", files.front().name, changed == 0 ? "not " : "");
  }
  if (changed == 0) return fmt::format("none of {} files would change", files.size());
  return fmt::format("{} of {} files would change", changed, files.size());
}

void check(ManifestReport& report) {
  report.closing.push_back(verdict_on(report.files));
  if (std::ranges::any_of(report.files, &FileChange::changed)) {
    report.exit_code = ExitCode::GateFailed;
  }
}

}  // namespace

void write_results(const std::vector<inject::Manifest>& inputs,
                   const std::vector<std::string>& texts, const ManifestOptions& options,
                   ProgressLine& progress, ManifestReport& report) {
  if (options.in_place) {
    rewrite_files(texts, progress, report);
  } else if (options.diff) {
    const auto diff = diff_of(inputs, texts);
    progress.end();
    note_failure(write_standard_output(diff), report);
  } else if (!options.check) {
    const auto stream = join_manifests(texts);
    progress.end();
    note_failure(options.writes_to_standard_output() ? write_standard_output(stream)
                                                     : write_file(options.output, stream),
                 report);
  }
  if (options.check && report.exit_code == ExitCode::Done) check(report);
}

}  // namespace meshctl::cli
