#include <fmt/format.h>

#include <exception>
#include <new>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/dashboard_command.h"
#include "cli/error_line.h"
#include "cli/inject_command.h"
#include "cli/run_command.h"
#include "cli/standard_streams.h"
#include "cli/uninject_command.h"
#include "cli/usage.h"
#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

ExitCode run(int argc, char** argv) {
  occupy_standard_streams();
  ignore_broken_pipes();
  ignore_file_size_limits();

  CLI::App app("Shows how a service is used, without touching it", "meshctl");
  app.set_version_flag("--version", fmt::format("meshctl {}", kVersion));
  app.require_subcommand(1);
  app.get_formatter()->column_width(34);

  // Each command: its options live here, its declaration in its own file.
  Command command;
  InjectOptions inject_options;
  add_inject(app, inject_options, command);
  ManifestOptions uninject_options;
  add_uninject(app, uninject_options, command);
  RunOptions run_options;
  add_run(app, run_options, command);

  DashboardOptions dashboard_options;
  add_dashboard(app, dashboard_options, command);

  argc = take_command(argc, argv, run_options);
  if (const auto refused = refuse_empty_values(argc, argv)) return *refused;
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain_usage(app, error, argc, argv);
  }
  return command();
}

}  // namespace
}  // namespace meshctl::cli

int main(int argc, char** argv) {
  try {
    return static_cast<int>(meshctl::cli::run(argc, argv));
  } catch (const std::bad_alloc&) {
    meshctl::cli::write_error("meshctl: error: out of memory\n");
  } catch (const std::exception& error) {
    meshctl::cli::print_error(error.what(), "this is a bug in meshctl; please report it");
  }
  return static_cast<int>(meshctl::cli::ExitCode::Failed);
}
