#include "cli/inject_command.h"

#include <fmt/format.h>

#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cli/error_line.h"
#include "cli/inject/manifests.h"
#include "cli/manifest_command.h"
#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

/// A value and who gave it, for messages: `--image`, or the variable.
struct GivenValue {
  std::string text;
  std::string source;
};

/// The environment twin of a setting; empty if it has none.
std::string variable_of(const inject::SettingSpec& spec) {
  return spec.name == "image" ? "MESHCTL_IMAGE" : "";
}

/// Empty text: nobody gave one.
GivenValue given(const inject::SettingSpec& spec, const std::string& flag) {
  const std::string variable = variable_of(spec);
  if (!flag.empty() || variable.empty()) return {flag, fmt::format("--{}", spec.name)};
  const char* value = std::getenv(variable.c_str());
  return {value == nullptr ? "" : value, variable};
}

/// The settings of the command line and the environment. On failure the problem is printed.
Result<inject::Settings, ExitCode> resolve(const InjectOptions& options) {
  auto settings = inject::default_settings(kVersion);
  const auto specs = inject::setting_specs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto value = given(specs[i], options.settings[i]);
    if (value.text.empty()) continue;
    const auto applied = specs[i].apply(value.text, settings);
    if (applied) continue;
    print_error(fmt::format("{}: {}", value.source, applied.error().problem), applied.error().hint);
    return fail(ExitCode::Usage);
  }
  return settings;
}

}  // namespace

void add_inject(CLI::App& app, InjectOptions& options, Command& command) {
  CLI::App* inject = app.add_subcommand(
      "inject", "Add the telemetry sidecar to the pods in manifests, and change nothing else");
  add_manifest_options(*inject, options.manifests);
  inject->add_flag("--require-injected", options.manifests.require_injected,
                   "write nothing and exit 3 if a workload was skipped, or none was there");
  const auto specs = inject::setting_specs();
  const auto defaults = inject::default_settings(kVersion);
  options.settings.resize(specs.size());
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const std::string variable = variable_of(specs[i]);
    const std::string env = variable.empty() ? "" : fmt::format(" (Env:{})", variable);
    auto* option = inject->add_option(fmt::format("--{}", specs[i].name), options.settings[i],
                                      fmt::format("{}{}", specs[i].help, env));
    option->type_name(std::string(specs[i].value_name));
    option->default_str(specs[i].shown(defaults));
    refuse_empty(*option);
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
  return edit_manifests(options.manifests, [&](std::vector<inject::Manifest> manifests) {
    return inject::inject_manifests(std::move(manifests), *settings);
  });
}

}  // namespace meshctl::cli
