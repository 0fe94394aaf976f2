#include "cli/inject/native_sidecar.h"

#include <fmt/format.h>

namespace meshctl::inject {
namespace {

bool ends(const Workload& workload, const Pod& pod) {
  const bool is_job = workload.is_kind("Job") || workload.is_kind("CronJob");
  return is_job || pod.restart_policy == "Never" || pod.restart_policy == "OnFailure";
}

}  // namespace

bool uses_native_sidecar(const Settings& settings, const Workload& workload, const Pod& pod) {
  switch (settings.native_sidecar) {
    case NativeSidecar::Auto: return ends(workload, pod);
    case NativeSidecar::Always: return true;
    case NativeSidecar::Never: return false;
  }
  return false;
}

void report_native_sidecar(const SourceText& source, const Settings& settings,
                           const Workload& workload, const Pod& pod, Diagnostics& problems) {
  const Entry policy = find(*workload.pod_spec, "restartPolicy");
  const auto place = policy ? policy.key->begin : workload.object->begin;
  if (uses_native_sidecar(settings, workload, pod)) {
    problems.push_back(at(source, place, Severity::Note,
                          fmt::format("{} gets a native sidecar, which needs Kubernetes 1.29",
                                      workload.head.display()),
                          "--native-sidecar never adds a regular container instead"));
  } else if (ends(workload, pod)) {
    problems.push_back(
        at(source, place, Severity::Warning,
           fmt::format("{} will not complete: the sidecar goes on when its containers have ended",
                       workload.head.display()),
           "--native-sidecar auto ends it with them; it needs Kubernetes 1.29"));
  }
}

}  // namespace meshctl::inject
