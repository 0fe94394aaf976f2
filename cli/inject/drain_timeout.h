#pragma once

#include <optional>
#include <string>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/settings.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// What the sidecar's `--drain-timeout` is: the pod's terminationGracePeriodSeconds (30 where none
/// is given, as in Kubernetes) less a tenth of it, but no less than 0.5 s and no more than 5 s, in
/// which the proxy ends. `27s`, or `2500ms` where it is no whole second. Nothing where `arg` or
/// `env` of the settings says it already, and where the period is no number; that is noted.
[[nodiscard]] std::optional<std::string> drain_timeout(const SourceText& source,
                                                       const Document& document,
                                                       const Workload& workload,
                                                       const Settings& settings,
                                                       Diagnostics& problems);

}  // namespace meshctl::inject
