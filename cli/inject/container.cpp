#include "cli/inject/container.h"

#include <fmt/format.h>

#include <algorithm>

#include "cli/inject/object_head.h"

namespace meshctl::inject {
namespace {

/// Reads one container's ports, and what its probes and hooks make of them.
class ContainerReader {
 public:
  ContainerReader(const SourceText& source, const Document& document, Diagnostics& problems)
      : source_(source), document_(document), problems_(problems) {}

  Container read(const Reached& item) {
    const Node& node = document_.resolve(*item.node);
    container_.node = &node;
    container_.name = text_of(document_, node, "name");
    read_ports(merged(document_, item, "ports"));
    for (const auto probe : {"readinessProbe", "livenessProbe", "startupProbe"}) {
      read_target(merged(document_, item, probe), container_.probe_ports);
    }
    const Reached lifecycle = merged(document_, item, "lifecycle");
    for (const auto hook : {"postStart", "preStop"}) {
      read_target(merged(document_, lifecycle, hook), container_.hook_ports);
    }
    return std::move(container_);
  }

 private:
  void read_ports(const Reached& list) {
    if (!list) return;
    const Node& items = document_.resolve(*list.node);
    const bool is_shared = list.is_shared || &items != list.node || document_.is_shared(items);
    for (const Node& item : items.children) {
      if (document_.resolve(item).is_mapping()) read_port_item({&item, is_shared});
    }
  }

  void read_port_item(const Reached& item) {
    const Node& node = document_.resolve(*item.node);
    const Node* number = merged_value(document_, node, "containerPort");
    if (number == nullptr) return;
    const auto port = read_port(*number);
    if (!port) {
      problems_.push_back(at(source_, number->begin, Severity::Warning,
                             "this containerPort is not a port number, so it is left aside",
                             port_from_text(number->value)
                                 ? "take off its quotes: the API server does not take text here"
                                 : "1 to 65535"));
      return;
    }
    ContainerPort read;
    read.port = *port;
    read.item = &node;
    read.node = number;
    if (const Node* host = merged_value(document_, node, "hostPort")) {
      read.host_port = read_port(*host);
    }
    read.name = text_of(document_, node, "name");
    if (!read.name.empty()) read.name_node = merged(document_, item, "name");
    const auto protocol = text_of(document_, node, "protocol");
    if (!protocol.empty()) read.protocol = protocol;
    const bool is_taken = !read.name.empty() &&
                          std::ranges::find(container_.ports, read.name, &ContainerPort::name) !=
                              container_.ports.end();
    if (is_taken) {
      problems_.push_back(at(source_, read.name_node.node->begin, Severity::Error,
                             fmt::format("two ports of this container are named `{}`", read.name),
                             "rename one; the API server does not take it"));
    }
    container_.ports.push_back(std::move(read));
  }

  /// `holder` is a probe or a hook: one of these actions is in it.
  void read_target(const Reached& holder, std::vector<PortRef>& numbers) {
    for (const auto action : {"httpGet", "tcpSocket", "grpc"}) {
      const Reached port = merged(document_, merged(document_, holder, action), "port");
      if (!port) continue;
      const Node& node = document_.resolve(*port.node);
      if (const auto number = read_port(node)) {
        numbers.push_back(*number);
      } else if (node.is_scalar()) {
        container_.port_uses.push_back({port.node, node.value, port.is_shared});
        if (const auto named = port_named(node.value)) numbers.push_back(*named);
      }
    }
  }

  /// As the kubelet does it (pkg/probe, ResolveContainerPort): text that names no port of the
  /// container counts as a number.
  std::optional<PortRef> port_named(std::string_view name) const {
    const auto found = std::ranges::find(container_.ports, name, &ContainerPort::name);
    return found == container_.ports.end() ? port_from_text(name) : found->port;
  }

  const SourceText& source_;
  const Document& document_;
  Diagnostics& problems_;
  Container container_;
};

}  // namespace

Container read_container(const SourceText& source, const Document& document, const Reached& item,
                         Diagnostics& problems) {
  return ContainerReader(source, document, problems).read(item);
}

}  // namespace meshctl::inject
