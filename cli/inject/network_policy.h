#pragma once

#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/object_edit.h"
#include "cli/inject/object_report.h"
#include "cli/inject/proxied_pod.h"

namespace meshctl::inject {

/// Whether `object`, a node of `document`, is a NetworkPolicy; if so, each of its rules that lets
/// traffic through to a forwarded port gets an item for the proxy's port: ingress rules for the
/// pods that it selects, egress rules for those that their peers select. The old item stays: pods
/// without proxy still need it while a rollout goes on.
bool allow_proxies(const Document& document, const Node& object,
                   const std::vector<ProxiedPod>& pods, ObjectEdit& edit,
                   std::vector<PortChange>& changes);

}  // namespace meshctl::inject
