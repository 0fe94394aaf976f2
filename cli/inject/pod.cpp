#include "cli/inject/pod.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "cli/inject/path_check.h"

namespace meshctl::inject {
namespace {

constexpr std::array<std::string_view, 4> kOtherSidecars{"istio-proxy", "linkerd-proxy",
                                                         "consul-dataplane", "kuma-sidecar"};

std::vector<Container> read_containers(const SourceText& source, const Document& document,
                                       const Node& list, Diagnostics& problems) {
  std::vector<Container> all;
  const Node& items = document.resolve(list);
  const bool is_shared = &items != &list || document.is_shared(items);
  for (const Node& item : items.children) {
    if (!document.resolve(item).is_mapping()) {
      problems.push_back(at(source, item.begin, Severity::Error, "a container is needed here",
                            "`name:` and `image:` lines"));
      continue;
    }
    all.push_back(read_container(source, document, {&item, is_shared}, problems));
    all.back().index = all.size() - 1;
  }
  return all;
}

/// Some parameter of the template may be a port of the pod: its number is not for us.
void note_parameters(const Document& document, PortSet& taken) {
  const Node& root = document.root();
  if (text_of(document, root, "kind") != "Template") return;
  const Node* parameters = collection_of(document, root, "parameters");
  if (parameters == nullptr || !parameters->is_sequence()) return;
  for (const Node& parameter : parameters->children) {
    const auto port = port_from_text(text_of(document, document.resolve(parameter), "value"));
    if (port) taken.add(port->number);
  }
}

void note_taken_ports(Pod& pod) {
  const auto take = [&](const PortRef& port) { pod.taken_ports.add(port.number); };
  for (const auto* list : {&pod.containers, &pod.init_containers}) {
    for (const Container& container : *list) {
      for (const ContainerPort& port : container.ports) {
        take(port.port);
        if (port.host_port) take(*port.host_port);
      }
      std::ranges::for_each(container.probe_ports, take);
      std::ranges::for_each(container.hook_ports, take);
    }
  }
}

/// kubectl reads plain scalars by YAML 1.1, where these are true as well.
bool is_true(std::string_view text) {
  constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes", "YES",
                                        "on",   "On",   "ON",   "y",   "Y"};
  return std::ranges::find(kTrue, text) != std::end(kTrue);
}

void judge_names(const SourceText& source, const Pod& pod, Diagnostics& problems) {
  std::set<std::string_view> seen;
  for (const auto* list : {&pod.containers, &pod.init_containers}) {
    for (const Container& container : *list) {
      const auto place = container.node->begin;
      if (container.name.empty()) {
        problems.push_back(at(source, place, Severity::Warning, "container has no name",
                              "add `name:`, for the API server does not take it without"));
      } else if (container.name == kSidecarName) {
        problems.push_back(at(source, place, Severity::Error,
                              fmt::format("the container name `{}` is taken", kSidecarName),
                              "rename this container; it was not added by `meshctl inject`"));
      } else if (!seen.insert(container.name).second) {
        problems.push_back(at(source, place, Severity::Error,
                              fmt::format("two containers are named `{}`", container.name),
                              "rename one; init containers count too"));
      } else if (std::ranges::find(kOtherSidecars, container.name) != kOtherSidecars.end()) {
        problems.push_back(at(source, place, Severity::Warning,
                              "another mesh has its sidecar in this pod",
                              "traffic passes both, and either may see it encrypted"));
      }
    }
  }
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
  judge_names(source, pod, problems);
  const auto others = std::stable_partition(
      pod.containers.begin(), pod.containers.end(), [](const Container& container) {
        return std::ranges::find(kOtherSidecars, container.name) == kOtherSidecars.end();
      });
  std::move(others, pod.containers.end(), std::back_inserter(pod.other_sidecars));
  pod.containers.erase(others, pod.containers.end());
}

}  // namespace

std::vector<const Container*> containers_as_written(const Pod& pod) {
  std::vector<const Container*> containers;
  for (const auto* list : {&pod.containers, &pod.other_sidecars}) {
    for (const Container& container : *list) containers.push_back(&container);
  }
  std::ranges::sort(containers, {}, &Container::index);
  return containers;
}

Pod read_pod(const SourceText& source, const Document& document, const Workload& workload,
             Diagnostics& problems) {
  Pod pod;
  PathCheck check(source, document, problems);
  pod.labels = pod_labels(document, workload);
  pod.restart_policy = text_of(document, *workload.pod_spec, "restartPolicy");
  const Entry list = find(*workload.pod_spec, "containers");
  const Node* items = list ? &document.resolve(*list.value) : nullptr;
  if (items == nullptr || items->is_null() || (items->is_sequence() && items->children.empty())) {
    const auto offset = list ? list.key->begin : workload.pod_spec->begin;
    problems.push_back(at(source, offset, Severity::Error,
                          fmt::format("{} has no containers", workload.head.display()),
                          "is this a patch? inject the whole manifest"));
    return pod;
  }
  pod.container_key = list.key;
  if (!check.sequence(*list.value)) return pod;
  pod.containers = read_containers(source, document, *list.value, problems);
  for (const Container& container : pod.containers) {
    if (!check.unique_keys(*container.node)) return pod;
  }
  const Node* init = collection_of(document, *workload.pod_spec, "initContainers");
  if (init != nullptr) pod.init_containers = read_containers(source, document, *init, problems);
  note_taken_ports(pod);
  note_parameters(document, pod.taken_ports);
  judge(source, document, workload, pod, problems);
  return pod;
}

}  // namespace meshctl::inject
