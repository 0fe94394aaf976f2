#include "cli/inject/forwards.h"

#include <fmt/format.h>

#include <algorithm>

namespace meshctl::inject {
namespace {

void add_once(std::vector<std::uint16_t>& ports, std::uint16_t port) {
  if (std::ranges::find(ports, port) == ports.end()) ports.push_back(port);
}

std::vector<std::uint16_t> find_upstream(const Workload& workload, const Pod& pod,
                                         std::span<const Service> services) {
  std::vector<std::uint16_t> found;
  for (const Container& container : pod.containers) {
    for (const ContainerPort& port : container.ports) {
      if (port.protocol == "TCP") add_once(found, port.number);
    }
  }
  if (!found.empty()) return found;
  for (const Service& service : services) {
    if (!selects(service, workload.head.name_space, pod)) continue;
    for (const auto port : service.target_ports) add_once(found, port);
  }
  if (!found.empty()) return found;
  for (const Container& container : pod.containers) {
    for (const auto port : container.probe_ports) add_once(found, port);
  }
  return found;
}

/// Hands out numbers that nobody has, in rising order.
class FreePorts {
 public:
  explicit FreePorts(std::vector<std::uint16_t> taken) : taken_(std::move(taken)) {}

  /// 0 if there is none left.
  std::uint16_t next_from(std::uint16_t base) {
    for (unsigned port = base; port <= 65535; ++port) {
      const auto number = static_cast<std::uint16_t>(port);
      if (std::ranges::find(taken_, number) != taken_.end()) continue;
      taken_.push_back(number);
      return number;
    }
    return 0;
  }

 private:
  std::vector<std::uint16_t> taken_;
};

void note_what_stays_aside(const SourceText& source, const Pod& pod,
                           const std::vector<std::uint16_t>& upstream, Diagnostics& problems) {
  for (const Container& container : pod.containers) {
    for (const ContainerPort& port : container.ports) {
      if (port.protocol != "TCP") {
        problems.push_back(at(source, port.node->begin, Severity::Note,
                              fmt::format("port {} is {}; the proxy forwards TCP only, so it is "
                                          "left alone",
                                          port.number, port.protocol)));
      } else if (port.host_port != 0 &&
                 std::ranges::find(upstream, port.number) != upstream.end()) {
        problems.push_back(at(
            source, port.node->begin, Severity::Warning,
            fmt::format("hostPort {} leads past the proxy to port {}", port.host_port, port.number),
            "calls to that hostPort are not counted"));
      }
    }
  }
}

}  // namespace

PortPlan choose_ports(const SourceText& source, const Workload& workload, const Pod& pod,
                      std::span<const Service> services, const Settings& settings,
                      Diagnostics& problems) {
  std::vector<std::uint16_t> upstream = settings.upstream;
  if (upstream.empty() && !settings.upstream_auto) {
    upstream = find_upstream(workload, pod, services);
  }
  note_what_stays_aside(source, pod, upstream, problems);

  auto taken = pod.taken_ports;
  taken.insert(taken.end(), upstream.begin(), upstream.end());
  FreePorts free(std::move(taken));
  PortPlan plan;
  plan.admin = free.next_from(settings.admin_port);
  bool enough = plan.admin != 0;
  if (upstream.empty()) upstream.push_back(0);
  for (const auto port : upstream) {
    plan.forwards.push_back({free.next_from(settings.listen_base), port});
    enough = enough && plan.forwards.back().listen != 0;
  }
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
    changes.push_back({forward.upstream == 0 ? "auto" : std::to_string(forward.upstream),
                       std::to_string(forward.listen)});
  }
  return changes;
}

}  // namespace meshctl::inject
