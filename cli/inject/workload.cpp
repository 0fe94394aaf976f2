#include "cli/inject/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "cli/inject/merged.h"
#include "cli/inject/path_check.h"
#include "cli/inject/pointer.h"

namespace meshctl::inject {
namespace {

struct WorkloadType {
  std::string_view kind;
  std::array<std::string_view, 2> groups;  ///< the same twice where there is one
  std::string_view pod_pointer;
};

constexpr std::array kTypes{
    WorkloadType{"Pod", {"", ""}, ""},
    WorkloadType{"PodTemplate", {"", ""}, "/template"},
    WorkloadType{"ReplicationController", {"", ""}, "/spec/template"},
    WorkloadType{"Deployment", {"apps", "extensions"}, "/spec/template"},
    WorkloadType{"DaemonSet", {"apps", "extensions"}, "/spec/template"},
    WorkloadType{"ReplicaSet", {"apps", "extensions"}, "/spec/template"},
    WorkloadType{"StatefulSet", {"apps", "apps"}, "/spec/template"},
    WorkloadType{"Job", {"batch", "extensions"}, "/spec/template"},
    WorkloadType{"CronJob", {"batch", "batch"}, "/spec/jobTemplate/spec/template"},
    WorkloadType{"Rollout", {"argoproj.io", "argoproj.io"}, "/spec/template"},
    WorkloadType{"DeploymentConfig", {"apps.openshift.io", ""}, "/spec/template"},
};

const WorkloadType* type_of(const ObjectHead& head) {
  const auto found = std::ranges::find_if(kTypes, [&](const WorkloadType& type) {
    return equal_ignoring_case(type.kind, head.kind.value->value) &&
           std::ranges::find(type.groups, head.group) != type.groups.end();
  });
  return found == kTypes.end() ? nullptr : &*found;
}

void warn_unless(const SourceText& source, const Node& node, std::string_view want,
                 Diagnostics& problems) {
  if (node.value == want) return;
  problems.push_back(at(source, node.content, Severity::Warning,
                        fmt::format("the API server does not take `{}`", node.value),
                        fmt::format("write `{}`", want)));
}

const PodSpecPath* path_of(const ObjectHead& head, std::span<const PodSpecPath> paths) {
  const auto found = std::ranges::find_if(paths, [&](const PodSpecPath& path) {
    return path.kind == head.kind.value->value && (!path.group || *path.group == head.group);
  });
  return found == paths.end() ? nullptr : &*found;
}

/// The pod, also where it stands behind aliases and merge keys; null if there is none.
const Node* pod_of(const Document& document, const Workload& workload) {
  const Node* node = workload.object;
  for (const std::string& step : pointer_steps(workload.pod_pointer)) {
    node = collection_of(document, *node, step);
    if (node == nullptr) return nullptr;
  }
  return node;
}

}  // namespace

std::string Workload::pod_spec_pointer() const {
  return pointer_to(pod_pointer, spec_key);
}

std::optional<Workload> find_workload(const Document& document, const Node& object,
                                      std::span<const PodSpecPath> paths) {
  Workload workload;
  workload.head = read_head(document, object);
  if (!workload.head.kind) return std::nullopt;
  workload.object = &object;
  if (const WorkloadType* type = type_of(workload.head)) {
    workload.type_kind = type->kind;
    workload.pod_pointer = type->pod_pointer;
    return workload;
  }
  const PodSpecPath* path = path_of(workload.head, paths);
  if (path == nullptr) return std::nullopt;
  workload.pod_pointer = path->pod_pointer;
  workload.spec_key = path->spec_key;
  return workload;
}

std::optional<std::string> reason_without_pod(const Document& document, const Workload& workload) {
  const Node* spec = collection_of(document, *workload.object, "spec");
  if (!workload.is_kind("Rollout") || spec == nullptr) return std::nullopt;
  const Node* reference = collection_of(document, *spec, "workloadRef");
  if (reference == nullptr || collection_of(document, *spec, "template") != nullptr) {
    return std::nullopt;
  }
  return fmt::format("its pods are those of {} {}, by workloadRef",
                     text_of(document, *reference, "kind"), text_of(document, *reference, "name"));
}

void warn_of_spelling(const SourceText& source, const Workload& workload, Diagnostics& problems) {
  warn_unless(source, *workload.head.api_version.key, "apiVersion", problems);
  warn_unless(source, *workload.head.kind.key, "kind", problems);
  if (workload.type_kind.empty()) return;
  warn_unless(source, *workload.head.kind.value, workload.type_kind, problems);
}

bool find_pod(const SourceText& source, const Document& document, Workload& workload,
              Diagnostics& problems) {
  PathCheck check(source, document, problems);
  if (!check.mapping(*workload.object)) return false;
  const Node* node = workload.object;
  const auto steps = pointer_steps(workload.pod_spec_pointer());
  std::string dotted = workload.pod_spec_pointer().substr(1);
  std::ranges::replace(dotted, '/', '.');
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (i + 1 == steps.size()) workload.pod = node;
    const Entry entry = find(*node, steps[i]);
    if (!entry || entry.value->is_null()) {
      const auto offset = entry ? entry.key->content : node->content;
      problems.push_back(at(source, offset, Severity::Error,
                            fmt::format("{} has no {}", workload.head.display(), dotted),
                            "is this a patch? inject the whole manifest"));
      return false;
    }
    if (!check.mapping(*entry.value)) return false;
    node = entry.value;
  }
  workload.pod_spec = node;
  if (!workload.has_pod_metadata()) {
    problems.push_back(at(source, node->begin, Severity::Note,
                          fmt::format("the pods of {} get no annotations: {} has no metadata "
                                      "beside it",
                                      workload.head.display(), dotted),
                          "Prometheus finds the sidecar's metrics only if it is told otherwise"));
  }
  return true;
}

Labels pod_labels(const Document& document, const Workload& workload) {
  const auto chain = follow(*workload.object, workload.pod_pointer);
  if (chain.empty() || !workload.has_pod_metadata()) return {};
  const Node* metadata = collection_of(document, document.resolve(*chain.back()), "metadata");
  if (metadata == nullptr) return {};
  return read_labels(document, collection_of(document, *metadata, "labels"));
}

std::vector<Entry> find_annotations(const Document& document, const Workload& workload,
                                    std::string_view prefix) {
  std::vector<const Node*> holders;
  const Node* pod = pod_of(document, workload);
  const bool has_own_metadata = workload.has_pod_metadata() && !workload.is_pod();
  if (pod != nullptr && has_own_metadata) holders.push_back(pod);
  holders.push_back(workload.object);
  std::vector<Entry> found;
  for (const Node* holder : holders) {
    const Node* metadata = collection_of(document, *holder, "metadata");
    if (metadata == nullptr) continue;
    const Node* annotations = collection_of(document, *metadata, "annotations");
    if (annotations == nullptr) continue;
    for (const Entry& entry : merged_entries(document, *annotations)) {
      if (entry.key->value.starts_with(prefix)) found.push_back(entry);
    }
  }
  return found;
}

const Node* find_annotation(const Document& document, const Workload& workload,
                            std::string_view name) {
  for (const Entry& entry : find_annotations(document, workload, name)) {
    if (entry.key->value == name) return &document.resolve(*entry.value);
  }
  return nullptr;
}

}  // namespace meshctl::inject
