#include "cli/inject_command.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include <CLI/CLI.hpp>

#include "cli/error_line.h"
#include "cli/inject/manifests.h"
#include "cli/manifest_command.h"
#include "runtime/base/version.h"

namespace meshctl::cli {
namespace {

constexpr std::array<std::pair<std::string_view, inject::Emit>, 3> kEmissions{{
    {"all", inject::Emit::All},
    {"workloads", inject::Emit::Workloads},
    {"services", inject::Emit::Services},
}};

/// The environment twin of a setting; empty if it has none.
std::string variable_of(const inject::SettingSpec& spec) {
  return spec.name == "image" ? "MESHCTL_IMAGE" : "";
}

tl::unexpected<ExitCode> usage_error(std::string_view source, const inject::BadValue& error) {
  print_error(fmt::format("{}: {}", source, error.problem), error.hint);
  return fail(ExitCode::Usage);
}

/// Applies what was given for one setting. On failure the problem is printed, and who gave it.
Result<void, ExitCode> apply(const inject::SettingSpec& spec, const std::vector<std::string>& flags,
                             inject::Settings& settings) {
  for (const std::string& text : flags) {
    const auto applied = spec.apply(text, settings);
    if (!applied) return usage_error(fmt::format("--{}", spec.name), applied.error());
  }
  const auto variable = variable_of(spec);
  const char* value = variable.empty() ? nullptr : std::getenv(variable.c_str());
  if (!flags.empty() || value == nullptr || *value == '\0') return {};
  const auto applied = spec.apply(value, settings);
  if (!applied) return usage_error(variable, applied.error());
  return {};
}

/// The settings of the command line and the environment. On failure the problem is printed.
Result<inject::Settings, ExitCode> resolve(const InjectOptions& options) {
  auto settings = inject::default_settings(kVersion);
  const auto specs = inject::setting_specs();
  for (std::size_t i = 0; i < specs.size(); ++i) {
    const auto applied = apply(specs[i], options.settings[i], settings);
    if (!applied) return fail(applied.error());
  }
  if (const auto conflict = inject::find_conflict(settings)) {
    print_error(conflict->problem, conflict->hint);
    return fail(ExitCode::Usage);
  }
  for (const std::string& text : options.pod_spec_paths) {
    auto path = inject::parse_pod_spec_path(text);
    if (!path) return usage_error("--pod-spec-path", path.error());
    settings.pod_spec_paths.push_back(std::move(*path));
  }
  return settings;
}

Result<inject::Emit, ExitCode> resolve_emit(const InjectOptions& options) {
  const auto* found =
      std::ranges::find(kEmissions, options.emit, [](const auto& each) { return each.first; });
  if (found == kEmissions.end()) {
    print_error(fmt::format("--emit: there is no part '{}'", options.emit),
                "it is all, workloads or services");
    return fail(ExitCode::Usage);
  }
  if (found->second == inject::Emit::All) return found->second;
  const ManifestOptions& manifests = options.manifests;
  if (manifests.in_place || manifests.diff) {
    print_error(
        fmt::format("--emit and {} do not go together", manifests.in_place ? "-i" : "--diff"),
        "the files would lose the documents left out");
    return fail(ExitCode::Usage);
  }
  if (manifests.check) {
    print_error("--emit and --check do not go together",
                "without the documents left out every file would be another");
    return fail(ExitCode::Usage);
  }
  return found->second;
}

void add_setting(CLI::App& inject, const inject::SettingSpec& spec,
                 const inject::Settings& defaults, std::vector<std::string>& values) {
  const auto variable = variable_of(spec);
  const auto env = variable.empty() ? "" : fmt::format(" (Env:{})", variable);
  auto* option = inject.add_option(fmt::format("--{}", spec.name), values,
                                   fmt::format("{}{}", spec.help, env));
  option->default_str(spec.shown(defaults));
  option->type_name(std::string(spec.value_name))->allow_extra_args(false);
  if (!spec.is_repeatable()) option->expected(1);
  refuse_empty(*option);
}

}  // namespace

void add_inject(CLI::App& app, InjectOptions& options, Command& command) {
  CLI::App* inject = app.add_subcommand(
      "inject", "Add the telemetry sidecar to the pods in manifests, and change nothing else");
  add_manifest_options(*inject, options.manifests);
  inject->add_flag("--require-injected", options.manifests.require_injected,
                   "write nothing and exit 3 if a workload was skipped, or none was there");
  inject
      ->add_option("--emit", options.emit,
                   "what is written: all, workloads, or services (what leads to them)")
      ->type_name("PART")
      ->default_str("all");
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
  const auto emit = resolve_emit(options);
  if (!emit) return emit.error();
  return edit_manifests(options.manifests, [&](std::vector<inject::Manifest> manifests) {
    return inject::inject_manifests(std::move(manifests), *settings, *emit);
  });
}

}  // namespace meshctl::cli
