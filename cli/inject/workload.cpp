#include "cli/inject/workload.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

const Node* annotations_of(const Document& document, const Node& object) {
  const Node* metadata = collection_of(document, object, "metadata");
  return metadata == nullptr ? nullptr : collection_of(document, *metadata, "annotations");
}

}  // namespace

bool Workload::is_job() const {
  return equal_ignoring_case(head.kind.value->value, "Job") ||
         equal_ignoring_case(head.kind.value->value, "CronJob");
}

std::optional<Workload> find_workload(const Document& document, const Node& object) {
  Workload workload;
  workload.head = read_head(document, object);
  if (!workload.head.kind) return std::nullopt;
  const WorkloadType* type = type_of(workload.head);
  if (type == nullptr) return std::nullopt;
  workload.pod_pointer = type->pod_pointer;
  workload.object = &object;
  return workload;
}

void warn_of_spelling(const SourceText& source, const Workload& workload, Diagnostics& problems) {
  warn_unless(source, *workload.head.api_version.key, "apiVersion", problems);
  warn_unless(source, *workload.head.kind.key, "kind", problems);
  warn_unless(source, *workload.head.kind.value, type_of(workload.head)->kind, problems);
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
  return true;
}

Labels pod_labels(const Document& document, const Workload& workload) {
  const auto chain = follow(*workload.object, workload.pod_pointer);
  if (chain.empty()) return {};
  const Node* metadata = collection_of(document, document.resolve(*chain.back()), "metadata");
  if (metadata == nullptr) return {};
  return read_labels(document, collection_of(document, *metadata, "labels"));
}

std::vector<Entry> find_annotations(const Document& document, const Workload& workload,
                                    std::string_view prefix) {
  std::vector<const Node*> holders;
  const auto chain = follow(*workload.object, workload.pod_pointer);
  if (!chain.empty() && chain.size() > 1) holders.push_back(&document.resolve(*chain.back()));
  holders.push_back(workload.object);
  std::vector<Entry> found;
  for (const Node* holder : holders) {
    const Node* annotations = annotations_of(document, *holder);
    if (annotations == nullptr || !annotations->is_mapping()) continue;
    // Backwards: of a key that stands twice the last one counts.
    for (std::size_t i = annotations->children.size(); i >= 2; i -= 2) {
      const Node& key = annotations->children[i - 2];
      if (key.value.starts_with(prefix)) found.push_back({&key, &annotations->children[i - 1]});
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
