#include "cli/manifest_options.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/error_line.h"
#include "cli/file_io.h"
#include "cli/manifest_stream.h"

namespace meshctl::cli {
namespace {

/// chosen: more than a screen of errors helps nobody, and the first ones often cause the rest.
constexpr std::size_t kMaxErrors = 20;

/// What oc and kubectl take behind -o.
constexpr std::array<std::string_view, 5> kFormats{"yaml", "json", "name", "wide", "jsonpath"};

void print_problems(const inject::Diagnostics& problems, bool quiet) {
  std::size_t errors = 0;
  std::string text;
  for (const inject::Diagnostic& problem : problems) {
    if (problem.severity == inject::Severity::Note && quiet) continue;
    if (problem.severity == inject::Severity::Error && ++errors > kMaxErrors) continue;
    text += inject::render(problem);
  }
  if (errors > kMaxErrors) {
    text += fmt::format("meshctl: error: and {} more errors\n", errors - kMaxErrors);
  }
  write_error(text);
}

}  // namespace

void add_manifest_options(CLI::App& command, ManifestOptions& options) {
  command
      .add_option("FILE", options.files,
                  "manifests to read; - is standard input (default: standard input, if piped)")
      ->type_name("");
  command.add_option("-f,--filename", options.filenames, "the same, as oc takes it")
      ->type_name("FILE")
      ->allow_extra_args(false);
  command.add_option("-o,--output", options.output, "file to write (default: standard output)")
      ->type_name("FILE");
  command.add_flag("-q,--quiet", options.quiet, "print warnings and errors only");
}

Result<std::vector<inject::Manifest>, ExitCode> read_manifests(const ManifestOptions& options) {
  if (std::ranges::find(kFormats, options.output) != kFormats.end()) {
    print_error(
        fmt::format("-o takes a file, and '{}' looks like a format", options.output),
        fmt::format("each document keeps its format; a file of that name is ./{}", options.output));
    return fail(ExitCode::Usage);
  }
  auto files = options.filenames;
  files.insert(files.end(), options.files.begin(), options.files.end());
  if (files.empty()) {
    if (::isatty(STDIN_FILENO) == 1) {
      print_error("no manifest was named", "give a file, or - for standard input");
      return fail(ExitCode::Usage);
    }
    files.emplace_back("-");
  }
  if (std::ranges::count(files, "-") > 1) {
    print_error("standard input was named twice", "it can be read only once");
    return fail(ExitCode::Usage);
  }
  std::vector<inject::Manifest> manifests;
  bool all_read = true;
  for (const std::string& file : files) {
    auto text = read_file(file);
    if (!text) {
      print_error(text.error().problem, text.error().hint);
      all_read = false;
      continue;
    }
    manifests.push_back({file == "-" ? std::string(kStandardInput) : file, std::move(*text)});
  }
  if (!all_read) return fail(ExitCode::Failed);
  return manifests;
}

ExitCode write_outcome(const inject::Outcome& outcome, const ManifestOptions& options) {
  print_problems(outcome.problems, options.quiet);
  if (outcome.is_refused()) return ExitCode::Failed;
  const auto stream = join_manifests(outcome.texts);
  const auto written =
      options.output.empty() ? write_standard_output(stream) : write_file(options.output, stream);
  if (!written) {
    print_error(written.error().problem, written.error().hint);
    return ExitCode::Failed;
  }
  if (options.quiet) return ExitCode::Done;
  std::string reports;
  for (const inject::ObjectReport& each : outcome.reports) reports += describe(each) + "\n";
  write_error(reports);
  return ExitCode::Done;
}

}  // namespace meshctl::cli
