#include "cli/uninject_command.h"

#include <CLI/CLI.hpp>

#include "cli/inject/manifests.h"
#include "cli/manifest_command.h"

namespace meshctl::cli {

void add_uninject(CLI::App& app, ManifestOptions& options, Command& command) {
  CLI::App* uninject =
      app.add_subcommand("uninject", "Give back the manifests as they were before `inject`");
  add_manifest_options(*uninject, options);
  uninject->footer("Example: oc get deployment web -o yaml | meshctl uninject | oc apply -f -");
  uninject->callback([&] { command = [&] { return run_uninject(options); }; });
}

ExitCode run_uninject(const ManifestOptions& options) {
  return edit_manifests(options, inject::uninject_manifests);
}

}  // namespace meshctl::cli
