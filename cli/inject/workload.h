#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document.h"
#include "cli/inject/labels.h"
#include "cli/inject/object_head.h"
#include "cli/inject/pod_spec_path.h"

namespace meshctl::inject {

/// An object that holds a pod: what it is, and where its pod is. Nodes are borrowed.
struct Workload {
  ObjectHead head;
  /// Where the pod (its metadata and spec) is in the object: empty for a Pod, `/spec/template`
  /// for most others.
  std::string pod_pointer;
  std::string spec_key = "spec";  ///< of the pod spec, within the pod
  std::string_view type_kind;     ///< the built-in kind, as the API spells it; empty: another kind
  const Node* object = nullptr;
  const Node* pod = nullptr;       ///< null until found by find_pod()
  const Node* pod_spec = nullptr;  ///< null until found by find_pod()

  std::string pod_spec_pointer() const;
  /// Whether the object's own metadata is the pod's.
  bool is_pod() const { return pod_pointer.empty() && has_pod_metadata(); }
  /// Whether a pod's metadata can stand beside its spec. If not, the pod cannot be annotated.
  bool has_pod_metadata() const { return spec_key == "spec"; }
  /// Whether it is of this built-in kind, whichever the case of its letters.
  bool is_kind(std::string_view kind) const { return type_kind == kind; }
};

/// Whether `object`, a node of `document`, is a workload, by kind and API group: a Knative Service
/// is none, a Deployment of extensions/v1beta1 is one. Letter case aside: see warn_of_spelling().
/// `paths` name further kinds.
[[nodiscard]] std::optional<Workload> find_workload(const Document& document, const Node& object,
                                                    std::span<const PodSpecPath> paths = {});

/// Why the workload has no pod of its own, or nothing: an Argo Rollout may point at the workload
/// that has it.
[[nodiscard]] std::optional<std::string> reason_without_pod(const Document& document,
                                                            const Workload& workload);

/// Warns of `apiversion:`, `kind: pod` and the like, which the API server does not take.
void warn_of_spelling(const SourceText& source, const Workload& workload, Diagnostics& problems);

/// Fills in `pod` and `pod_spec`. Reports what makes an edit there unsafe or ambiguous: aliases,
/// anchors that others use, merge keys, duplicate keys. False if there is no pod spec to edit.
/// Notes that a pod cannot be annotated.
[[nodiscard]] bool find_pod(const SourceText& source, const Document& document, Workload& workload,
                            Diagnostics& problems);

/// The labels that the workload gives its pods; none if it has no pod.
[[nodiscard]] Labels pod_labels(const Document& document, const Workload& workload);

/// The value of an annotation on the pod, else on the object; null if it is on neither. Aliases and
/// merge keys count.
[[nodiscard]] const Node* find_annotation(const Document& document, const Workload& workload,
                                          std::string_view name);

/// All annotations on the pod and on the object whose names begin with `prefix`.
[[nodiscard]] std::vector<Entry> find_annotations(const Document& document,
                                                  const Workload& workload,
                                                  std::string_view prefix);

}  // namespace meshctl::inject
