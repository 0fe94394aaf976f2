#include "cli/manifest_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "cli/error_line.h"
#include "cli/manifest_report_json.h"
#include "cli/terminal_text.h"

namespace meshctl::cli {
namespace {

using inject::Diagnostic;
using inject::Severity;

/// chosen: more than a screen of errors helps nobody, and the first ones often cause the rest.
/// Warnings and notes are one-offs, so more of them are shown.
constexpr std::array<std::size_t, 3> kMaxPrinted{20, 50, 50};
constexpr std::array<std::string_view, 3> kWords{"error", "warning", "note"};

std::size_t index_of(Severity severity) {
  return static_cast<std::size_t>(severity);
}

inject::ObjectReport visible(inject::ObjectReport object) {
  object.kind = cli::visible(object.kind);
  object.name = cli::visible(object.name);
  object.reason = cli::visible(object.reason);
  for (inject::PortChange& port : object.ports) {
    port.from = cli::visible(port.from);
    port.to = cli::visible(port.to);
  }
  return object;
}

std::string rest_line(std::size_t index, std::size_t count) {
  return fmt::format("meshctl: {0}: and {1} more {0}{2}\n", kWords[index], count,
                     count == 1 ? "" : "s");
}

}  // namespace

PrintedProblems choose_printed(const ManifestReport& report) {
  std::unordered_map<std::string_view, std::size_t> position;
  for (const FileChange& file : report.files) position.emplace(file.name, position.size());
  const auto key = [&](const Diagnostic* problem) {
    const auto found = position.find(problem->file);
    const auto file = found == position.end() ? position.size() : found->second;
    return std::tuple(file, problem->place.line, problem->place.column);
  };
  std::vector<const Diagnostic*> all;
  for (const Diagnostic& problem : report.problems) all.push_back(&problem);
  std::ranges::stable_sort(all, {}, key);

  PrintedProblems printed;
  std::array<std::size_t, 3> count{};
  const auto has_room = [&](Severity severity) {
    const auto index = index_of(severity);
    if (count[index]++ < kMaxPrinted[index]) return true;
    ++printed.left_out[index];
    return false;
  };
  for (const Diagnostic* problem : all) {
    if (problem->file.empty() || has_room(problem->severity)) printed.problems.push_back(problem);
  }
  for (const FileError& failure : report.failures) {
    if (has_room(Severity::Error)) printed.failures.push_back(&failure);
  }
  return printed;
}

std::string report_text(const ManifestReport& report, bool quiet) {
  const auto printed = choose_printed(report);
  std::string text;
  for (const Diagnostic* problem : printed.problems) {
    if (!quiet || problem->severity != Severity::Note) text += render(visible(*problem));
  }
  for (const FileError* failure : printed.failures) {
    text += render(visible(inject::about("", Severity::Error, failure->problem, failure->hint)));
  }
  for (std::size_t i = 0; i < kWords.size(); ++i) {
    const bool is_said = !quiet || i != index_of(Severity::Note);
    if (printed.left_out[i] > 0 && is_said) text += rest_line(i, printed.left_out[i]);
  }
  const bool has_failed = report.exit_code == ExitCode::Failed;
  if (report.is_done && !has_failed && !quiet) {
    for (const auto& object : report.objects) text += describe(visible(object)) + "\n";
  }
  if (has_failed || !quiet) {
    for (const std::string& line : report.closing) {
      text += fmt::format("meshctl: {}\n", cli::visible(line));
    }
  }
  return text;
}

void print_report(const ManifestReport& report, const ManifestOptions& options) {
  if (options.wants_json()) {
    write_error(report_json(report));
  } else {
    write_messages(report_text(report, options.quiet));
  }
}

}  // namespace meshctl::cli
