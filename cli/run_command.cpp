#include "cli/run_command.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/error_line.h"
#include "cli/file_replacement.h"
#include "cli/route_flags.h"
#include "cli/run_config.h"
#include "cli/terminal_text.h"
#include "runtime/base/log.h"
#include "runtime/proxy/cpu_limit.h"
#include "runtime/proxy/server.h"
#include "runtime/telemetry/report.h"

namespace meshctl::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

RunSurroundings look_around() {
  RunSurroundings found;
  found.stdout_is_terminal = ::isatty(STDOUT_FILENO) == 1 && environment("TERM") != "dumb";
  found.shows_colours = shows_colours(STDOUT_FILENO);
  found.service = environment("MESHCTL_SERVICE");
  found.pod = environment("POD_NAME");
  found.name_space = environment("POD_NAMESPACE");
  found.otel = otel_variables();
  found.cpu_limit = proxy::cpu_limit();
  found.is_in_pod = !found.pod.empty() || !environment("KUBERNETES_SERVICE_HOST").empty();
  return found;
}

std::string report_text(ReportFile::Form form, const telemetry::Snapshot& snapshot,
                        const std::vector<telemetry::GateVerdict>& verdicts) {
  switch (form) {
    case ReportFile::Form::Json: return telemetry::json_report(snapshot, verdicts);
    case ReportFile::Form::Markdown: return telemetry::markdown_report(snapshot, verdicts);
    case ReportFile::Form::Junit: return telemetry::junit_report(snapshot, verdicts);
  }
  return {};
}

/// A report that cannot be written is better known before the run than after it.
std::optional<FileError> find_unwritable(const std::vector<ReportFile>& reports) {
  for (const ReportFile& report : reports) {
    const auto folder = std::filesystem::path(report.path).parent_path();
    const auto* where = folder.empty() ? "." : folder.c_str();
    if (::access(where, W_OK | X_OK) == 0) continue;
    return FileError{report.path,
                     fmt::format("cannot write {}: {}", report.path, system_words(errno)),
                     "name a file in a folder that this user may write with --report"};
  }
  return std::nullopt;
}

/// A gate on a route that nobody called holds, whatever the application does: often a typo.
void warn_of_silence(const telemetry::Gate& gate, const telemetry::Snapshot& snapshot) {
  const bool is_known = std::ranges::find(snapshot.routes, gate.route,
                                          &telemetry::RouteStats::route) != snapshot.routes.end();
  if (!gate.route.empty() && !is_known)
    say(fmt::format("the gate {} had nothing to judge: no call came to that route", gate.text));
}

/// Says which gates are broken, and writes the reports.
ExitCode conclude(const RunJudgement& judgement, const telemetry::Snapshot& snapshot) {
  const auto verdicts = telemetry::judge(judgement.gates, snapshot);
  auto code = ExitCode::Done;
  for (const telemetry::GateVerdict& each : verdicts) {
    if (!each.is_broken) {
      warn_of_silence(each.gate, snapshot);
      continue;
    }
    print_error(fmt::format("gate broken: {}: it was {}", each.gate.text, each.was));
    code = ExitCode::GateFailed;
  }
  for (const ReportFile& report : judgement.reports) {
    const auto written = write_file(report.path, report_text(report.form, snapshot, verdicts));
    if (written) continue;
    print_error(written.error().problem, written.error().hint);
    code = ExitCode::Failed;
  }
  return code;
}

/// The command's own code comes first: a test that failed is more than a gate that broke.
ExitCode conclude_command(const proxy::WrappedCommand::Outcome& outcome, ExitCode otherwise) {
  if (!outcome.failure.empty()) {
    print_error(outcome.failure, "the command did not run");
    return ExitCode::Failed;
  }
  return outcome.exit_code == 0 ? otherwise : static_cast<ExitCode>(outcome.exit_code);
}

ExitCode run(const RunOptions& options) {
  auto config = resolve_run(options, look_around());
  const auto judgement = resolve_judgement(options);
  if (!config || !judgement) {
    const auto& error = config ? judgement.error() : config.error();
    print_error(error.problem, error.hint);
    return ExitCode::Usage;
  }
  if (const auto unwritable = find_unwritable(judgement->reports)) {
    print_error(unwritable->problem, unwritable->hint);
    return ExitCode::Failed;
  }
  if (!complete_routes(options.routes_from, config->routes)) return ExitCode::Failed;
  proxy::Server server(std::move(*config));
  if (const auto started = server.start(); !started) {
    print_error(started.error().problem, started.error().hint);
    return ExitCode::Failed;
  }
  const bool printed = server.run();
  auto code = conclude(*judgement, server.snapshot());
  if (const auto outcome = server.command_outcome()) code = conclude_command(*outcome, code);
  if (!printed && code == ExitCode::Done) code = ExitCode::Failed;
  proxy::Server::exit_if_held_up(static_cast<int>(code));
  return code;
}

}  // namespace

void add_run(CLI::App& app, RunOptions& options, Command& command) {
  CLI::App* run_app = app.add_subcommand(
      "run", "Forward traffic to an application on this machine, and report how it is used");
  add_run_options(*run_app, options);
  run_app->callback([&] { command = [&] { return run(options); }; });
}

}  // namespace meshctl::cli
