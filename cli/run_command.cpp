#include "cli/run_command.h"

#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>

#include "cli/error_line.h"
#include "cli/run_config.h"
#include "runtime/proxy/cpu_limit.h"
#include "runtime/proxy/server.h"

namespace meshctl::cli {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

RunSurroundings look_around() {
  RunSurroundings found;
  found.stdout_is_terminal = ::isatty(STDOUT_FILENO) == 1;
  found.service = environment("MESHCTL_SERVICE");
  found.pod = environment("POD_NAME");
  found.cpu_limit = proxy::cpu_limit();
  found.is_in_pod = !found.pod.empty() || !environment("KUBERNETES_SERVICE_HOST").empty();
  return found;
}

ExitCode run(const RunOptions& options) {
  auto config = resolve_run(options, look_around());
  if (!config) {
    print_error(config.error().problem, config.error().hint);
    return ExitCode::Usage;
  }
  proxy::Server server(std::move(*config));
  if (const auto started = server.start(); !started) {
    print_error(started.error().problem, started.error().hint);
    return ExitCode::Failed;
  }
  return server.run() ? ExitCode::Done : ExitCode::Failed;
}

}  // namespace

void add_run(CLI::App& app, RunOptions& options, Command& command) {
  CLI::App* run_app = app.add_subcommand(
      "run", "Forward traffic to an application on this machine, and report how it is used");
  add_run_options(*run_app, options);
  run_app->callback([&] { command = [&] { return run(options); }; });
}

}  // namespace meshctl::cli
