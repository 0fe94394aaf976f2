#include "tests/cli/inject/random/random_workload.h"

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/inject/random/random_container.h"

namespace meshctl::inject {
namespace {

struct Kind {
  std::string_view api_version;
  std::string_view kind;
  std::vector<std::string_view> path;  ///< keys from the root to the pod
};

const std::array kKinds{
    Kind{"v1", "Pod", {}},
    Kind{"v1", "PodTemplate", {"template"}},
    Kind{"apps/v1", "Deployment", {"spec", "template"}},
    Kind{"apps/v1", "Deployment", {"spec", "template"}},
    Kind{"extensions/v1beta1", "DaemonSet", {"spec", "template"}},
    Kind{"apps/v1", "StatefulSet", {"spec", "template"}},
    Kind{"apps/v1", "ReplicaSet", {"spec", "template"}},
    Kind{"v1", "ReplicationController", {"spec", "template"}},
    Kind{"batch/v1", "Job", {"spec", "template"}},
    Kind{"batch/v1beta1", "CronJob", {"spec", "jobTemplate", "spec", "template"}},
    Kind{"apps.openshift.io/v1", "DeploymentConfig", {"spec", "template"}},
    Kind{"v1", "DeploymentConfig", {"spec", "template"}},
    Kind{"argoproj.io/v1alpha1", "Rollout", {"spec", "template"}},
};

void add_annotations(Cast& cast, Draft& metadata) {
  if (cast.one_in(2)) return;
  if (cast.one_in(3)) return add_nothing(cast, metadata, "annotations", Draft::map());
  Draft notes = Draft::map({{"a.b/c", Draft::word("d e: f")}});
  if (cast.one_in(3)) notes.add("note", Draft::lines("- name: telemetry\n  image: none # kept\n"));
  if (cast.one_in(5)) notes.add("prometheus.io/port", Draft::word("9"));
  if (cast.one_in(6)) notes.add("kubectl.kubernetes.io/default-container", Draft::word("app1"));
  constexpr std::array<std::string_view, 7> kUpstreams{
      "8080", "8080,9090", "9090", "auto", "127.0.0.1:8080", "[::1]:9090,8080", "localhost:9090"};
  if (cast.one_in(5)) notes.add("meshctl.dev/upstream", Draft::word(cast.random.of(kUpstreams)));
  if (cast.one_in(8)) {
    notes.add("meshctl.dev/inject", Draft::word(cast.one_in(3) ? "true" : "false"));
  }
  metadata.add("annotations", stirred(cast, std::move(notes)));
}

Draft metadata_of(Cast& cast, bool is_served, bool is_object) {
  Draft metadata = Draft::map();
  if (is_object || cast.one_in(3))
    metadata.add("name", Draft::word("x-" + std::to_string(cast.workloads)));
  if (is_object && cast.one_in(is_served ? 20 : 5)) metadata.add("namespace", Draft::word("shop"));
  if (is_served && !cast.one_in(8)) {
    Draft labels = Draft::map({{"app", Draft::word("web")}});
    if (cast.one_in(3)) labels.add("app.kubernetes.io/name", Draft::word("store"));
    if (cast.one_in(3)) labels.add("tier", Draft::word(cast.one_in(2) ? "front" : "9"));
    metadata.add("labels", stirred(cast, std::move(labels)));
  } else if (cast.one_in(3)) {
    add_nothing(cast, metadata, "labels", Draft::map());
  } else if (cast.one_in(2)) {
    metadata.add("labels", Draft::map({{"app", Draft::word("api")}}));
  }
  add_annotations(cast, metadata);
  return stirred(cast, std::move(metadata));
}

void add_init_containers(Cast& cast, Draft& spec) {
  if (cast.one_in(5)) return add_nothing(cast, spec, "initContainers", Draft::list());
  if (!cast.one_in(6)) return;
  Draft list = Draft::list({random_container(cast, "init")});
  if (cast.one_in(2)) list.entries.front().second.add("restartPolicy", Draft::word("Always"));
  if (cast.one_in(2)) list.add("", Draft::map({{"name", Draft::word("init1")}}));
  spec.add("initContainers", std::move(list));
}

Draft containers_of(Cast& cast) {
  constexpr std::array<std::string_view, 3> kMeshes{"istio-proxy", "linkerd-proxy", "kuma-sidecar"};
  Draft list = Draft::list();
  const auto count = 1 + cast.pick(3);
  for (std::size_t i = 0; i < count; ++i) {
    if (cast.one_in(15)) list.add("", random_container(cast, std::string(kMeshes.at(i))));
    list.add("", random_container(cast, cast.one_in(40) ? "" : "app" + std::to_string(i)));
  }
  return list;
}

/// What makes a pod one that is refused.
void spoil(Cast& cast, Draft& spec, Draft& containers) {
  switch (cast.pick(4)) {
    case 0: containers = Draft::list(); break;
    case 1: containers = Draft(); break;
    case 2: spec.add("hostNetwork", Draft::odd("true")); break;
    default: containers.add("", Draft::map({{"name", Draft::word("telemetry")}})); break;
  }
}

void add_grace_period(Cast& cast, Draft& spec) {
  constexpr std::array kSeconds{0, 1, 5, 30, 300, 3600};
  constexpr std::array<std::string_view, 4> kSpelled{"036", "0x1E", "3_0", "30.0"};
  Draft period;
  switch (cast.pick(10)) {
    case 0: break;
    case 1:
    case 2:
    case 3: period = Draft::number(cast.random.of(kSeconds)); break;
    case 4:
      if (cast.is_json) return;
      period = Draft::odd(cast.random.of(kSpelled));
      break;
    case 5:
      if (!cast.is_template) return;
      period = Draft::word("${{GRACE}}");
      break;
    default: return;
  }
  spec.add("terminationGracePeriodSeconds", std::move(period));
}

Draft pod_spec(Cast& cast) {
  constexpr std::array<std::string_view, 5> kPolicies{"OnFailure", "Never", "Always", "Always",
                                                      "Always"};
  Draft spec = Draft::map();
  if (cast.one_in(2))
    spec.add("restartPolicy", Draft::word(cast.random.of(kPolicies)));
  else if (cast.one_in(12))
    spec.add("restartPolicy", Draft());
  add_grace_period(cast, spec);
  add_init_containers(cast, spec);
  Draft containers = containers_of(cast);
  if (!cast.is_json && cast.one_in(120)) spoil(cast, spec, containers);
  spec.add("containers", std::move(containers));
  if (cast.one_in(4)) spec.add("volumes", Draft::list());
  return stirred(cast, std::move(spec));
}

}  // namespace

Draft random_workload(Cast& cast, bool is_served) {
  const Kind& kind = cast.random.of(kKinds);
  ++cast.workloads;
  const bool is_pod = kind.path.empty();
  Draft inner = Draft::map();
  if (!is_pod && (is_served || !cast.one_in(4))) {
    inner.add("metadata", metadata_of(cast, is_served, false));
  } else if (!is_pod) {
    add_nothing(cast, inner, "metadata", Draft::map());
  }
  inner.add("spec", pod_spec(cast));
  if (!is_pod) inner = stirred(cast, std::move(inner));
  for (auto key = kind.path.rbegin(); key != kind.path.rend(); ++key) {
    Draft outer = Draft::map();
    if (*key == "template" && cast.one_in(2)) outer.add("replicas", Draft::number(2));
    outer.add(*key, std::move(inner));
    inner = std::move(outer);
  }
  Draft object = Draft::map({{"apiVersion", Draft::word(kind.api_version)},
                             {"kind", Draft::word(kind.kind)},
                             {"metadata", metadata_of(cast, is_served && is_pod, true)}});
  for (auto& [key, value] : inner.entries) object.add(key, std::move(value));
  return stirred(cast, std::move(object));
}

}  // namespace meshctl::inject
