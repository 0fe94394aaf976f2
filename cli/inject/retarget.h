#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/object_edit.h"
#include "cli/inject/object_report.h"
#include "cli/inject/proxied_pod.h"
#include "cli/inject/route.h"
#include "cli/inject/service.h"

namespace meshctl::inject {

/// Where the ports of a Service lead once its pods have the proxy.
struct ServiceRoute {
  /// Ports of the application, with the proxy's port that is reached instead in all of the pods;
  /// also those that go by name.
  std::map<PortRef, std::uint16_t> moved;
  /// Ports that are reached elsewhere in some of the pods only.
  std::set<PortRef> divided;
};

/// Plans the edits that make a Service lead to the proxies of the pods that it selects. Ports by
/// name need none where the name moved. Reports a Service that also selects pods without proxy, or
/// pods whose proxies listen at different ports (errors), and a headless one (warning), which
/// bypasses the proxy and stays as it is; its names may have moved all the same.
[[nodiscard]] std::optional<ServiceRoute> retarget_service(
    const SourceText& source, const Node& object, const Service& service,
    const std::vector<const ProxiedPod*>& pods, ObjectEdit& edit, std::vector<PortChange>& changes,
    Diagnostics& problems);

/// The Services whose traffic moved, by namespace and name.
using ServiceRoutes = std::map<std::pair<std::string, std::string>, ServiceRoute>;

/// Plans the edit that makes a Route follow the Services that it leads to: its numeric targetPort
/// is the pod's. Reports Services that disagree.
void retarget_route(const SourceText& source, const Route& route, const ServiceRoutes& routes,
                    ObjectEdit& edit, std::vector<PortChange>& changes, Diagnostics& problems);

}  // namespace meshctl::inject
