#pragma once

#include <string>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/emission.h"
#include "cli/inject/object_report.h"
#include "cli/inject/settings.h"

namespace meshctl::inject {

/// One input: a file, or standard input.
struct Manifest {
  std::string name;
  std::string bytes;
};

/// What came of all inputs together.
struct Outcome {
  std::vector<std::string> texts;  ///< one for each input; only to be used without errors
  std::vector<ObjectReport> reports;
  Diagnostics problems;  ///< errors, warnings and notes, in the order of the inputs

  bool is_refused() const { return has_error(problems); }
};

/// Adds the sidecar to every workload. Manifests that were injected before are first taken back to
/// what they were, so doing this twice, or with other settings, equals doing it once. Each result
/// is checked before it is given out: without the edits it is the input, and re-parsed it differs
/// from the input by exactly the plan.
[[nodiscard]] Outcome inject_manifests(std::vector<Manifest> manifests, const Settings& settings,
                                       Emit emit = Emit::All);

/// Takes out what inject_manifests() added, byte for byte.
[[nodiscard]] Outcome uninject_manifests(std::vector<Manifest> manifests);

}  // namespace meshctl::inject
