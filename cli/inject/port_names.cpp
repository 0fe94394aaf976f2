#include "cli/inject/port_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <vector>

namespace meshctl::inject {
namespace {

constexpr std::string_view kReason = "Services find the proxy by this name";

Value port_value(const PortRef& port) {
  return port.is_number() ? Value::number(port.number)
                          : Value::text(fmt::format("${{{{{}}}}}", port.parameter));
}

/// A port with a name, and whose it is.
struct NamedPort {
  const Container* container = nullptr;
  const ContainerPort* port = nullptr;
};

/// The TCP ports of each name, in the order in which Kubernetes looks.
std::vector<std::vector<NamedPort>> ports_by_name(const Pod& pod) {
  std::vector<std::vector<NamedPort>> named;
  std::map<std::string_view, std::size_t> index;
  for (const Container* container : containers_as_written(pod)) {
    for (const ContainerPort& port : container->ports) {
      if (port.name.empty() || port.protocol != "TCP") continue;
      const auto [found, is_new] = index.emplace(port.name, named.size());
      if (is_new) named.emplace_back();
      named[found->second].push_back({container, &port});
    }
  }
  return named;
}

class Mover {
 public:
  Mover(const SourceText& source, PortPlan& ports, ObjectEdit& edit, Diagnostics& problems)
      : source_(source), ports_(ports), edit_(edit), problems_(problems) {}

  /// `named` are all ports of one name. The first is the one that Services find; the others would
  /// be found once it is gone.
  void move(const std::vector<NamedPort>& named) {
    const auto forward =
        std::ranges::find(ports_.forwards, named.front().port->port, &Forward::upstream);
    if (forward == ports_.forwards.end() || !forward->name.empty()) return;
    forward->name = named.front().port->name;
    for (const auto& [container, port] : named) {
      if (port->name_node.is_shared) return refuse(*port->name_node.node, "the name of a port");
      edit_.lose(*port->item, "name", std::string(kReason));
      give_number_to_uses(*container, *port);
    }
  }

 private:
  void give_number_to_uses(const Container& container, const ContainerPort& port) {
    for (const PortUse& use : container.port_uses) {
      if (use.name != port.name) continue;
      if (use.is_shared) return refuse(*use.node, "the port of a probe or hook");
      edit_.become(*use.node, port_value(port.port), "the name is the proxy's now");
    }
  }

  void refuse(const Node& node, std::string_view what) {
    problems_.push_back(
        at(source_, node.begin, Severity::Error,
           fmt::format("{} has to be edited here, and an alias or merge key shares it", what),
           "write it out, or inject with --traffic none"));
  }

  const SourceText& source_;
  PortPlan& ports_;
  ObjectEdit& edit_;
  Diagnostics& problems_;
};

}  // namespace

void move_port_names(const SourceText& source, const Pod& pod, PortPlan& ports, ObjectEdit& edit,
                     Diagnostics& problems) {
  Mover mover(source, ports, edit, problems);
  for (const auto& named : ports_by_name(pod)) mover.move(named);
}

}  // namespace meshctl::inject
