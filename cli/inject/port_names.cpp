#include "cli/inject/port_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace meshctl::inject {
namespace {

constexpr std::string_view kReason = "Services find the proxy by this name";

Value port_value(const PortRef& port) {
  return port.is_number() ? Value::number(port.number)
                          : Value::text(fmt::format("${{{{{}}}}}", port.parameter));
}

class Mover {
 public:
  Mover(const SourceText& source, PortPlan& ports, ObjectEdit& edit, Diagnostics& problems)
      : source_(source), ports_(ports), edit_(edit), problems_(problems) {}

  void move_from(const Container& container) {
    std::set<std::string> moved;
    for (const ContainerPort& port : container.ports) {
      if (port.name.empty() || port.protocol != "TCP") continue;
      const auto forward = std::ranges::find(ports_.forwards, port.port, &Forward::upstream);
      if (forward == ports_.forwards.end()) continue;
      // A name that another container has too would lead there once it is gone here.
      const bool is_first = forward->name.empty() && taken_.insert(port.name).second;
      if (!is_first && !taken_.contains(port.name)) continue;
      if (port.name_node.is_shared) return refuse(*port.name_node.node, "the name of a port");
      if (is_first) forward->name = port.name;
      edit_.lose(*port.item, "name", std::string(kReason));
      // Of two ports of one name the kubelet takes the first.
      if (moved.insert(port.name).second) give_number_to_uses(container, port);
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
  std::set<std::string> taken_;
};

}  // namespace

void move_port_names(const SourceText& source, const Pod& pod, PortPlan& ports, ObjectEdit& edit,
                     Diagnostics& problems) {
  Mover mover(source, ports, edit, problems);
  for (const Container& container : pod.containers) mover.move_from(container);
}

}  // namespace meshctl::inject
