#include "cli/inject/pod.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "cli/inject/path_check.h"

namespace meshctl::inject {
namespace {

constexpr std::array<std::string_view, 3> kOtherSidecars{"istio-proxy", "linkerd-proxy",
                                                         "consul-dataplane"};

/// 0 for what is no port number.
std::uint16_t port_number(std::string_view text) {
  std::uint16_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? number : std::uint16_t{0};
}

/// The value of `key`, also through a merge key: containers may share their defaults that way.
const Node* merged_value(const Document& document, const Node& mapping, std::string_view key,
                         int depth = 0) {
  constexpr int kMaxMergeDepth = 8;  // chosen: merges of merges are rare, cycles cannot be written
  if (const Entry entry = find(mapping, key)) return &document.resolve(*entry.value);
  const Entry merge = find(mapping, "<<");
  if (!merge || depth == kMaxMergeDepth) return nullptr;
  const Node& sources = document.resolve(*merge.value);
  if (sources.is_mapping()) return merged_value(document, sources, key, depth + 1);
  for (const Node& source : sources.children) {
    const Node* found = merged_value(document, document.resolve(source), key, depth + 1);
    if (found != nullptr) return found;
  }
  return nullptr;
}

std::string merged_text(const Document& document, const Node& mapping, std::string_view key) {
  const Node* value = merged_value(document, mapping, key);
  return value != nullptr && value->is_scalar() ? value->value : std::string();
}

class PodReader {
 public:
  PodReader(const SourceText& source, const Document& document, Diagnostics& problems)
      : source_(source), document_(document), problems_(problems) {}

  std::vector<Container> containers(const Node& list) {
    std::vector<Container> all;
    for (const Node& item : document_.resolve(list).children) {
      const Node& node = document_.resolve(item);
      if (node.is_mapping()) all.push_back(container(node));
    }
    return all;
  }

 private:
  Container container(const Node& node) {
    Container result;
    result.node = &node;
    result.name = merged_text(document_, node, "name");
    if (const Node* ports = merged_value(document_, node, "ports")) {
      for (const Node& item : ports->children) port(document_.resolve(item), result);
    }
    for (const auto probe : {"readinessProbe", "livenessProbe", "startupProbe"}) {
      const Node* value = merged_value(document_, node, probe);
      if (value == nullptr) continue;
      for (const auto action : {"httpGet", "tcpSocket", "grpc"}) {
        const Node* target = collection_of(document_, *value, action);
        if (target == nullptr) continue;
        const auto number = port_number(text_of(document_, *target, "port"));
        if (number != 0) result.probe_ports.push_back(number);
      }
    }
    return result;
  }

  void port(const Node& node, Container& container) {
    const Node* number = merged_value(document_, node, "containerPort");
    if (number == nullptr) return;
    ContainerPort port;
    port.node = number;
    port.number = number->is_scalar() ? port_number(number->value) : std::uint16_t{0};
    if (port.number == 0) {
      problems_.push_back(at(source_, number->begin, Severity::Warning,
                             "this containerPort is not a port number, so it is left aside",
                             "1 to 65535"));
      return;
    }
    port.host_port = port_number(merged_text(document_, node, "hostPort"));
    port.name = merged_text(document_, node, "name");
    const auto protocol = merged_text(document_, node, "protocol");
    if (!protocol.empty()) port.protocol = protocol;
    container.ports.push_back(std::move(port));
  }

  const SourceText& source_;
  const Document& document_;
  Diagnostics& problems_;
};

void read_labels(const Document& document, const Node& pod, Pod& result) {
  const Node* metadata = collection_of(document, pod, "metadata");
  const Node* labels = metadata == nullptr ? nullptr : collection_of(document, *metadata, "labels");
  if (labels == nullptr || !labels->is_mapping()) return;
  for (std::size_t i = 0; i + 1 < labels->children.size(); i += 2) {
    result.labels.emplace_back(labels->children[i].value,
                               document.resolve(labels->children[i + 1]).value);
  }
}

void note_taken_ports(Pod& pod) {
  for (const auto* list : {&pod.containers, &pod.init_containers}) {
    for (const Container& container : *list) {
      for (const ContainerPort& port : container.ports) {
        pod.taken_ports.push_back(port.number);
        pod.taken_ports.push_back(port.host_port);
      }
      pod.taken_ports.insert(pod.taken_ports.end(), container.probe_ports.begin(),
                             container.probe_ports.end());
    }
  }
}

/// kubectl reads plain scalars by YAML 1.1, where these are true as well.
bool is_true(std::string_view text) {
  constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                        "on",   "On",   "ON",   "y",   "Y"};
  return std::ranges::find(kTrue, text) != std::end(kTrue);
}

/// Reports what forbids or hampers a sidecar, and leaves only the application's own containers.
void judge(const SourceText& source, const Document& document, const Workload& workload, Pod& pod,
           Diagnostics& problems) {
  if (is_true(text_of(document, *workload.pod_spec, "hostNetwork"))) {
    problems.push_back(
        at(source, find(*workload.pod_spec, "hostNetwork").key->begin, Severity::Error,
           fmt::format("{} uses the network of its host, where the ports of a sidecar may be taken",
                       workload.head.display()),
           "annotate it with meshctl.dev/inject: \"false\" to leave it as it is"));
  }
  const auto restart = text_of(document, *workload.pod_spec, "restartPolicy");
  if (restart == "Never" || restart == "OnFailure") {
    problems.push_back(
        at(source, find(*workload.pod_spec, "restartPolicy").key->begin, Severity::Warning,
           fmt::format("{} will not complete: the sidecar goes on when its containers have ended",
                       workload.head.display()),
           "annotate it with meshctl.dev/inject: \"false\" to leave it as it is"));
  }
  for (const auto* list : {&pod.containers, &pod.init_containers}) {
    for (const Container& container : *list) {
      if (container.name == kSidecarName) {
        problems.push_back(at(source, container.node->begin, Severity::Error,
                              fmt::format("the container name `{}` is taken", kSidecarName),
                              "rename this container; it was not added by `meshctl inject`"));
      } else if (std::ranges::find(kOtherSidecars, container.name) != kOtherSidecars.end()) {
        problems.push_back(at(source, container.node->begin, Severity::Warning,
                              "another mesh has its sidecar in this pod",
                              "traffic passes both, and either may see it encrypted"));
      }
    }
  }
  std::erase_if(pod.containers, [](const Container& container) {
    return std::ranges::find(kOtherSidecars, container.name) != kOtherSidecars.end();
  });
}

}  // namespace

Pod read_pod(const SourceText& source, const Document& document, const Workload& workload,
             Diagnostics& problems) {
  Pod pod;
  PodReader reader(source, document, problems);
  PathCheck check(source, document, problems);
  read_labels(document, *workload.pod, pod);
  const Entry list = find(*workload.pod_spec, "containers");
  if (!list) {
    problems.push_back(at(source, workload.pod_spec->begin, Severity::Error,
                          fmt::format("{} has no containers", workload.head.display()),
                          "is this a patch? inject the whole manifest"));
    return pod;
  }
  pod.container_key = list.key;
  pod.container_list = list.value;
  if (!list.value->is_null() && !check.sequence(*list.value)) return pod;
  pod.containers = reader.containers(*list.value);
  for (const Container& container : pod.containers) {
    if (!check.unique_keys(*container.node)) return pod;
  }
  if (const Node* init = collection_of(document, *workload.pod_spec, "initContainers")) {
    pod.init_containers = reader.containers(*init);
  }
  note_taken_ports(pod);
  judge(source, document, workload, pod, problems);
  return pod;
}

}  // namespace meshctl::inject
