#include "cli/inject/forwards.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace meshctl::inject {
namespace {

/// Ports in the order in which they were found, each once.
class FoundPorts {
 public:
  void add(const PortRef& port) {
    if (seen_.insert(port).second) ports_.push_back({port});
  }
  bool empty() const { return ports_.empty(); }
  std::vector<Upstream> take() && { return std::move(ports_); }

 private:
  std::vector<Upstream> ports_;
  std::set<PortRef> seen_;
};

std::vector<Upstream> find_upstream(const Pod& pod, std::span<const Service* const> services) {
  FoundPorts found;
  for (const Container& container : pod.containers) {
    for (const ContainerPort& port : container.ports) {
      if (port.protocol == "TCP") found.add(port.port);
    }
  }
  if (found.empty()) {
    for (const Service* service : services) {
      for (const ServicePort& port : service->ports) {
        if (port.is_tcp && port.target) found.add(*port.target);
      }
    }
  }
  if (found.empty()) {
    for (const Container& container : pod.containers) {
      for (const PortRef& port : container.probe_ports) found.add(port);
    }
  }
  return std::move(found).take();
}

/// The pod's own ports, those that are forwarded, and those that Services of the pod name: a number
/// of ours that is also one of theirs would mislead whoever reads the manifests. A Route by a
/// number that led nowhere must not lead to the proxy.
PortSet taken_ports(const Pod& pod, std::span<const Service* const> services,
                    const std::vector<Upstream>& upstream) {
  PortSet taken = pod.taken_ports;
  for (const Upstream& each : upstream) taken.add(each.port.number);
  for (const Service* service : services) {
    for (const ServicePort& port : service->ports) {
      if (port.port) taken.add(port.port->number);
      if (port.target) taken.add(port.target->number);
    }
    for (const PortRef& port : service->routed) taken.add(port.number);
  }
  return taken;
}

void note_what_stays_aside(const SourceText& source, const Pod& pod,
                           const std::vector<Upstream>& upstream, Diagnostics& problems) {
  std::set<PortRef> forwarded;
  for (const Upstream& each : upstream) forwarded.insert(each.port);
  for (const Container& container : pod.containers) {
    for (const ContainerPort& port : container.ports) {
      if (port.protocol != "TCP") {
        problems.push_back(at(source, port.node->begin, Severity::Note,
                              fmt::format("port {} is {}; the proxy forwards TCP only, so it is "
                                          "left alone",
                                          port.port.text(), port.protocol)));
      } else if (port.host_port && forwarded.contains(port.port)) {
        problems.push_back(at(source, port.node->begin, Severity::Warning,
                              fmt::format("hostPort {} leads past the proxy to port {}",
                                          port.host_port->text(), port.port.text()),
                              "calls to that hostPort are not counted"));
      }
    }
  }
}

}  // namespace

PortPlan choose_ports(const SourceText& source, const Pod& pod,
                      std::span<const Service* const> services, const Settings& settings,
                      Diagnostics& problems) {
  std::vector<Upstream> upstream = settings.upstream;
  if (upstream.empty() && !settings.upstream_auto) {
    upstream = find_upstream(pod, services);
  }
  note_what_stays_aside(source, pod, upstream, problems);

  PortSet taken = taken_ports(pod, services, upstream);
  PortPlan plan;
  plan.admin = taken.take_from(settings.admin_port);
  for (Upstream& each : upstream) {
    plan.forwards.push_back(
        {taken.take_from(settings.listen_base), std::move(each.port), std::move(each.host)});
  }
  if (upstream.empty()) plan.forwards.push_back({taken.take_from(settings.listen_base), {}});
  const bool enough = plan.admin != 0 &&
                      std::ranges::find(plan.forwards, 0, &Forward::listen) == plan.forwards.end();
  if (!enough) {
    problems.push_back(at(source, pod.container_key->begin, Severity::Error,
                          "no free port is left up to 65535",
                          "choose a lower --listen-base or --admin-port"));
  }
  return plan;
}

std::vector<PortChange> changes_of(const PortPlan& plan) {
  std::vector<PortChange> changes;
  for (const Forward& forward : plan.forwards) {
    changes.push_back({forward.port_text(), std::to_string(forward.listen)});
  }
  return changes;
}

}  // namespace meshctl::inject
