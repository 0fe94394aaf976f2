#include "cli/inject_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/error_line.h"
#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

/// The settings of the command line. On failure the problem is printed.
Result<inject::Settings, ExitCode> resolve(const InjectOptions& options) {
  auto settings = inject::default_settings(kVersion);
  const auto specs = inject::setting_specs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    if (options.settings[i].empty()) continue;
    const auto applied = specs[i].apply(options.settings[i], settings);
    if (applied) continue;
    print_error(fmt::format("--{}: {}", specs[i].name, applied.error().problem),
                applied.error().hint);
    return fail(ExitCode::Usage);
  }
  return settings;
}

}  // namespace

void add_inject(CLI::App& app, InjectOptions& options, Command& command) {
  CLI::App* inject = app.add_subcommand(
      "inject", "Add the telemetry sidecar to the pods in manifests, and change nothing else");
  add_manifest_options(*inject, options.manifests);
  const auto specs = inject::setting_specs();
  const auto defaults = inject::default_settings(kVersion);
  options.settings.resize(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    auto* option = inject->add_option(fmt::format("--{}", specs[i].name), options.settings[i],
                                      std::string(specs[i].help));
    option->type_name(std::string(specs[i].value_name));
    option->default_str(specs[i].shown(defaults));
    if (specs[i].name == "image") option->envname("MESHCTL_IMAGE");
  }
  inject->footer(
      "An annotation meshctl.dev/<option> on a pod or its workload wins over the option;\n"
      "meshctl.dev/inject: \"false\" leaves a workload as it is.\n"
      "Example: meshctl inject pod.yml | oc create -f -");
  inject->callback([&] { command = [&] { return run_inject(options); }; });
}

ExitCode run_inject(const InjectOptions& options) {
  const auto settings = resolve(options);
  if (!settings) return settings.error();
  auto manifests = read_manifests(options.manifests);
  if (!manifests) return manifests.error();
  return write_outcome(inject::inject_manifests(std::move(*manifests), {*settings}),
                       options.manifests);
}

}  // namespace meshctl::cli
