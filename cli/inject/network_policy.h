#pragma once

#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/object_edit.h"
#include "cli/inject/object_report.h"
#include "cli/inject/proxied_pod.h"

namespace meshctl::inject {

/// Whether `object`, a node of `document`, is a NetworkPolicy; if so, each of its ingress rules
/// that lets traffic to a forwarded port of a pod that it selects gets an item for the proxy's
/// port. The old one stays: pods without proxy still need it while a rollout goes on.
bool allow_proxies(const Document& document, const Node& object,
                   const std::vector<ProxiedPod>& pods, ObjectEdit& edit,
                   std::vector<PortChange>& changes);

}  // namespace meshctl::inject
