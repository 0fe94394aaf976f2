#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/labels.h"
#include "cli/inject/object_head.h"

namespace meshctl::inject {

/// An object that holds a pod: what it is, and where its pod is. Nodes are borrowed.
struct Workload {
  ObjectHead head;
  /// Where the pod (its metadata and spec) is in the object: empty for a Pod, `/spec/template`
  /// for most others.
  std::string pod_pointer;
  const Node* object = nullptr;
  const Node* pod = nullptr;       ///< null until found by find_pod()
  const Node* pod_spec = nullptr;  ///< null until found by find_pod()

  std::string pod_spec_pointer() const { return pod_pointer + "/spec"; }
  bool is_pod() const { return pod_pointer.empty(); }
  /// A Job or a CronJob.
  bool is_job() const;
};

/// Whether `object`, a node of `document`, is a workload, by kind and API group: a Knative Service
/// is none, a Deployment of extensions/v1beta1 is one. Letter case aside: see warn_of_spelling().
[[nodiscard]] std::optional<Workload> find_workload(const Document& document, const Node& object);

/// Warns of `apiversion:`, `kind: pod` and the like, which the API server does not take.
void warn_of_spelling(const SourceText& source, const Workload& workload, Diagnostics& problems);

/// Fills in `pod` and `pod_spec`. Reports what makes an edit there unsafe or ambiguous: aliases,
/// anchors that others use, merge keys, duplicate keys. False if there is no pod spec to edit.
[[nodiscard]] bool find_pod(const SourceText& source, const Document& document, Workload& workload,
                            Diagnostics& problems);

/// The labels that the workload gives its pods; none if it has no pod.
[[nodiscard]] Labels pod_labels(const Document& document, const Workload& workload);

/// The value of an annotation on the pod, else on the object; null if it is on neither.
[[nodiscard]] const Node* find_annotation(const Document& document, const Workload& workload,
                                          std::string_view name);

/// All annotations on the pod and on the object whose names begin with `prefix`.
[[nodiscard]] std::vector<Entry> find_annotations(const Document& document,
                                                  const Workload& workload,
                                                  std::string_view prefix);

}  // namespace meshctl::inject
