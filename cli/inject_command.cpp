#include "cli/inject_command.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/error_line.h"
#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

tl::unexpected<ExitCode> usage_error(std::string_view flag, const inject::BadValue& error) {
  print_error(fmt::format("--{}: {}", flag, error.problem), error.hint);
  return fail(ExitCode::Usage);
}

/// The settings of the command line. On failure the problem is printed.
Result<inject::Settings, ExitCode> resolve(const InjectOptions& options) {
  auto settings = inject::default_settings(kVersion);
  const auto specs = inject::setting_specs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    for (const std::string& text : options.settings[i]) {
      const auto applied = specs[i].apply(text, settings);
      if (!applied) return usage_error(specs[i].name, applied.error());
    }
  }
  if (const auto conflict = inject::find_conflict(settings)) {
    print_error(conflict->problem, conflict->hint);
    return fail(ExitCode::Usage);
  }
  for (const std::string& text : options.pod_spec_paths) {
    auto path = inject::parse_pod_spec_path(text);
    if (!path) return usage_error("pod-spec-path", path.error());
    settings.pod_spec_paths.push_back(std::move(*path));
  }
  return settings;
}

void add_setting(CLI::App& inject, const inject::SettingSpec& spec,
                 const inject::Settings& defaults, std::vector<std::string>& values) {
  auto* option = inject.add_option(fmt::format("--{}", spec.name), values, std::string(spec.help));
  option->default_str(spec.shown(defaults));
  option->type_name(std::string(spec.value_name))->allow_extra_args(false);
  if (!spec.is_repeatable()) option->expected(1);
  if (spec.name == "image") option->envname("MESHCTL_IMAGE");
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
    add_setting(*inject, specs[i], defaults, options.settings[i]);
  }
  inject
      ->add_option("--pod-spec-path", options.pod_spec_paths,
                   "where objects of another kind hold a pod spec, as "
                   "SparkJob=spec.template.spec; KIND may be KIND.group; may be repeated")
      ->type_name("KIND=PATH")
      ->allow_extra_args(false);
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
  return write_outcome(inject::inject_manifests(std::move(*manifests), *settings),
                       options.manifests);
}

}  // namespace meshctl::cli
