#pragma once

#include <optional>
#include <string>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/edit_plan.h"
#include "cli/inject/object_report.h"
#include "cli/inject/proxied_pod.h"
#include "cli/inject/service.h"
#include "cli/inject/settings.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// What becomes of one workload.
struct Injection {
  std::optional<EditPlan> plan;        ///< nothing: it is left as it is
  std::optional<ObjectReport> report;  ///< nothing after an error
  ProxiedPod pod;                      ///< also of one that is left as it is
};

/// Plans the sidecar, the annotations and the port names of one workload that is not injected yet.
/// `services` are those of the whole input. Errors go to `problems`.
[[nodiscard]] Injection plan_injection(const SourceText& source, const Document& document,
                                       Workload workload, const ServiceIndex& services,
                                       const Settings& settings, Diagnostics& problems);

}  // namespace meshctl::inject
