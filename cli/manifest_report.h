#pragma once

#include <array>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/file_io.h"
#include "cli/inject/diagnostic.h"
#include "cli/inject/object_report.h"
#include "cli/manifest_options.h"

namespace meshctl::cli {

/// One input, and whether its result differs from it; with --in-place, whether it was replaced.
struct FileChange {
  std::string name;
  bool changed = false;
};

/// All that is to be said about one run of `inject` or `uninject`.
struct ManifestReport {
  inject::Diagnostics problems;
  std::vector<FileError> failures;  ///< what could not be read, listed or written
  std::vector<inject::ObjectReport> objects;
  std::vector<FileChange> files;
  std::vector<std::string> closing;  ///< the last lines for people, without `meshctl: `
  bool is_done = true;               ///< objects came out so, or would with --check
  ExitCode exit_code = ExitCode::Done;
};

/// The problems that are printed, in the order of the files, lines and columns, and how many of
/// each severity (Error, Warning, Note) are not, because there are too many. Those of no file,
/// which come last, are about the run as a whole and always printed.
struct PrintedProblems {
  std::vector<const inject::Diagnostic*> problems;
  std::vector<const FileError*> failures;  ///< errors, behind the others
  std::array<std::size_t, 3> left_out{};
};

/// Borrows from `report`.
[[nodiscard]] PrintedProblems choose_printed(const ManifestReport& report);

/// The lines for people. Nothing in them moves the cursor of a terminal.
[[nodiscard]] std::string report_text(const ManifestReport& report, bool quiet);

/// Says it on standard error, in the form that the options ask for.
void print_report(const ManifestReport& report, const ManifestOptions& options);

}  // namespace meshctl::cli
