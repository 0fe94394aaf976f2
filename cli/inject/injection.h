#pragma once

#include <optional>
#include <span>
#include <string>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/edit_plan.h"
#include "cli/inject/object_report.h"
#include "cli/inject/service.h"
#include "cli/inject/settings.h"
#include "cli/inject/workload.h"

namespace meshctl::inject {

/// What becomes of one workload.
struct Injection {
  std::optional<EditPlan> plan;        ///< nothing: it is left as it is
  std::optional<ObjectReport> report;  ///< nothing after an error
};

/// Plans the sidecar and the annotations of one workload that is not injected yet. `services` are
/// those of the whole input. Errors go to `problems`.
[[nodiscard]] Injection plan_injection(const SourceText& source, const Document& document,
                                       Workload workload, std::span<const Service> services,
                                       const Settings& settings, Diagnostics& problems);

}  // namespace meshctl::inject
