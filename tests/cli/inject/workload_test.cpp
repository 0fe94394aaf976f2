#include "cli/inject/workload.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

#include "cli/inject/manifests.h"
#include "tests/cli/inject/container_only.h"

namespace meshctl::inject {
namespace {

Outcome inject(const std::string& text, std::initializer_list<const char*> paths = {}) {
  auto settings = container_only();
  for (const auto* path : paths) settings.pod_spec_paths.push_back(*parse_pod_spec_path(path));
  return inject_manifests({{"f", text}}, settings);
}

std::string lines(const Outcome& outcome) {
  std::string all;
  for (const Diagnostic& problem : outcome.problems) all += render(problem);
  for (const ObjectReport& report : outcome.reports) all += describe(report) + "\n";
  return all;
}

const std::string kTemplate = "{containers: [{name: a, image: b, ports: [{containerPort: 80}]}]}";

TEST_CASE("an Argo Rollout has its pods, or names the workload that has them") {
  CHECK(lines(inject("apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\n"
                     "spec: {template: {spec: " +
                     kTemplate + "}}\n")) == "rollout/r injected: 80 -> 14001\n");
  const std::string by_reference =
      "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\nmetadata: {name: r}\n"
      "spec: {workloadRef: {apiVersion: apps/v1, kind: Deployment, name: web}}\n";
  const auto outcome = inject(by_reference);
  CHECK(lines(outcome) ==
        "rollout/r skipped: its pods are those of Deployment web, by workloadRef\n");
  CHECK(outcome.texts.at(0) == by_reference);
  CHECK(inject(by_reference.substr(0, by_reference.size() - 2) + ", template: {spec: " + kTemplate +
               "}}\n")
            .reports.at(0)
            .action == Action::Injected);
  CHECK(inject("apiVersion: example.com/v1\nkind: Rollout\nmetadata: {name: r}\nspec: {template: "
               "{spec: " +
               kTemplate + "}}\n")
            .reports.empty());
}

TEST_CASE("every kind that makes pods is a workload, in its own API groups only") {
  const std::string spec = "spec: " + kTemplate;
  const std::string template_ = "spec: {template: {" + spec + "}}";
  struct Row {
    const char* kind;
    std::vector<const char*> versions;
    std::string body;
  };
  const Row rows[] = {
      {"Pod", {"v1"}, spec},
      {"PodTemplate", {"v1"}, "template: {" + spec + "}"},
      {"ReplicationController", {"v1"}, template_},
      {"Deployment", {"apps/v1", "apps/v1beta2", "apps/v1beta1", "extensions/v1beta1"}, template_},
      {"DaemonSet", {"apps/v1", "extensions/v1beta1"}, template_},
      {"ReplicaSet", {"apps/v1", "extensions/v1beta1"}, template_},
      {"StatefulSet", {"apps/v1", "apps/v1beta1"}, template_},
      {"Job", {"batch/v1", "extensions/v1beta1"}, template_},
      {"CronJob",
       {"batch/v1", "batch/v1beta1", "batch/v2alpha1"},
       "spec: {jobTemplate: {" + template_ + "}}"},
      {"DeploymentConfig", {"v1", "apps.openshift.io/v1"}, template_},
      {"Rollout", {"argoproj.io/v1alpha1"}, template_},
  };
  const auto text = [](const std::string& version, const std::string& kind,
                       const std::string& body) {
    return "apiVersion: " + version + "\nkind: " + kind + "\nmetadata: {name: x}\n" + body + "\n";
  };
  for (const Row& row : rows) {
    for (const char* version : row.versions) {
      CAPTURE(row.kind);
      CAPTURE(version);
      const auto outcome = inject(text(version, row.kind, row.body));
      REQUIRE(outcome.reports.size() == 1);
      CHECK(outcome.reports[0].action == Action::Injected);
    }
    for (const char* version :
         {"example.com/v1", "serving.knative.dev/v1", "apps.example.com/v1"}) {
      const auto other = text(version, row.kind, row.body);
      CHECK(inject(other).reports.empty());
      CHECK(inject(other).texts.at(0) == other);
    }
  }
  for (const char* version : {"v1", "serving.knative.dev/v1"}) {
    CHECK(inject(text(version, "Service", template_)).reports.empty());
  }
}

TEST_CASE("a path makes workloads of other kinds, of one group or of any") {
  const auto text =
      "apiVersion: example.com/v1\nkind: SparkJob\nmetadata: {name: s}\nspec:\n"
      "  template:\n    spec: " +
      kTemplate + "\n";
  CHECK(inject(text).reports.empty());
  CHECK(inject(text, {"SparkJob.other.com=spec.template.spec"}).reports.empty());
  CHECK(inject(text, {"sparkjob=spec.template.spec"}).reports.empty());
  for (const auto* path :
       {"SparkJob=spec.template.spec", "SparkJob.example.com=spec.template.spec"}) {
    CAPTURE(path);
    const auto outcome = inject(text, {path});
    CHECK(lines(outcome) == "sparkjob/s injected: 80 -> 14001\n");
    CHECK(outcome.texts.at(0).find("default-container: a") != std::string::npos);
    CHECK(uninject_manifests({{"f", outcome.texts.at(0)}}).texts.at(0) == text);
  }
  CHECK(lines(inject(text, {"SparkJob=spec.pods.spec"})) ==
        "meshctl: error: f:5:3: sparkjob/s has no spec.pods.spec\n"
        "    5 |   template:\n"
        "          ^\n"
        "hint: is this a patch? inject the whole manifest\n");
}

TEST_CASE("a pod spec without metadata beside it gets no annotations, and that is said") {
  const auto text =
      "apiVersion: example.com/v1\nkind: X\nmetadata: {name: x, annotations: {a: b}}\n"
      "spec:\n  podSpec:\n    containers: [{name: a}]\n";
  const auto outcome = inject(text, {"X=spec.podSpec"});
  CHECK(lines(outcome) ==
        "meshctl: note: f:6:5: the pods of x/x get no annotations: spec.podSpec has no metadata "
        "beside it\n"
        "    6 |     containers: [{name: a}]\n"
        "            ^\n"
        "hint: Prometheus finds the sidecar's metrics only if it is told otherwise\n"
        "x/x injected: auto -> 14001 (found at run time)\n");
  CHECK(outcome.texts.at(0).find("prometheus.io") == std::string::npos);
  CHECK(uninject_manifests({{"f", outcome.texts.at(0)}}).texts.at(0) == text);
}

TEST_CASE("what would inject a kind that is not known is told with its API group") {
  const auto hint = [](const std::string& api_version) {
    const auto outcome = inject(
        "apiVersion: " + api_version +
        "\nkind: Service\nmetadata: {name: s}\nspec: {template: {spec: " + kTemplate + "}}\n");
    REQUIRE_FALSE(outcome.problems.empty());
    return outcome.problems[0].hint;
  };
  CHECK(hint("serving.knative.dev/v1") ==
        "if it makes pods: --pod-spec-path Service.serving.knative.dev=spec.template.spec");
  CHECK(hint("v1") == "if it makes pods: --pod-spec-path Service=spec.template.spec");
}

TEST_CASE("the line for a Service in the cluster has what a shell and oc take") {
  const auto hint = [](const std::string& metadata) {
    const auto outcome = inject_manifests({{"f", "apiVersion: v1\nkind: Pod\nmetadata: {" +
                                                     metadata + "}\nspec: " + kTemplate + "\n"}},
                                          default_settings("1"));
    REQUIRE(outcome.problems.size() == 1);
    return outcome.problems[0].hint;
  };
  const std::string tail =
      " --type=json -p '[{\"op\": \"add\", \"path\": \"/spec/ports/0/targetPort\", \"value\": "
      "14001}]'";
  const std::string head = "if a Service leads to it: oc patch service ";
  CHECK(hint("name: p") == head + "p" + tail);
  CHECK(hint("name: p, namespace: n") == head + "p -n n" + tail);
  CHECK(hint("name: '$(x)', namespace: ';y'") == head + "NAME -n NAME" + tail);
}

TEST_CASE("the object's annotations count wherever its pod spec is") {
  for (const auto* path : {"podSpec", "pod.spec", "pod.podSpec"}) {
    CAPTURE(path);
    const auto text = std::string(
                          "apiVersion: example.com/v1\nkind: X\nmetadata: {name: x, "
                          "annotations: {meshctl.dev/upstream: '9'}}\n") +
                      "podSpec: {containers: [{name: a}]}\n"
                      "pod: {metadata: {}, spec: {containers: [{name: a}]}, "
                      "podSpec: {containers: [{name: a}]}}\n";
    const auto outcome = inject(text, {(std::string("X=") + path).c_str()});
    REQUIRE(outcome.reports.size() == 1);
    CHECK(describe(outcome.reports[0]) == "x/x injected: 9 -> 14001");
    CHECK(uninject_manifests({{"f", outcome.texts.at(0)}}).texts.at(0) == text);
  }
  CHECK(lines(inject("apiVersion: example.com/v1\nkind: X\nmetadata: {name: x}\nspec:\n"
                     "  metadata: {annotations: {meshctl.dev/inject: 'false'}}\n"
                     "  podSpec: {containers: [{name: a}]}\n",
                     {"X=spec.podSpec"}))
            .find("skipped") == std::string::npos);
}

TEST_CASE("a kind behind an alias is read; one behind a merge key does not pass in silence") {
  CHECK(lines(inject("x: &k Pod\ny: &v v1\napiVersion: *v\nkind: *k\nmetadata: {name: p}\nspec:\n  "
                     "containers: [{name: a}]\n")) ==
        "pod/p injected: auto -> 14001 (found at run time)\n");
  const auto merged = inject(
      "x: &h {apiVersion: v1, kind: Pod}\n<<: *h\nmetadata: {name: p}\n"
      "spec: {containers: [{name: a}]}\n");
  CHECK(merged.is_refused());
  CHECK(lines(merged) ==
        "meshctl: error: f:2:1: a merge key stands on the way to what has to be edited\n"
        "    2 | <<: *h\n"
        "        ^\n"
        "hint: write out what it merges: readers differ in which value wins\n");
  const auto other = "x: &h {apiVersion: v1, kind: Secret}\n<<: *h\nmetadata: {name: p}\n";
  CHECK(inject(other).texts.at(0) == other);
}

TEST_CASE("an opt-out counts through aliases and merge keys") {
  const auto head = "apiVersion: apps/v1\nkind: Deployment\n";
  const auto tail = "spec: {template: {spec: " + kTemplate + "}}\n";
  const auto skipped = "deployment/d skipped: meshctl.dev/inject is \"false\"\n";
  for (const auto* middle : {
           "x: &a {meshctl.dev/inject: 'false'}\nmetadata: {name: d, annotations: *a}\n",
           "x: &a {meshctl.dev/inject: 'false'}\nmetadata: {name: d, annotations: {b: c, <<: "
           "*a}}\n",
           "x: &a {annotations: {meshctl.dev/inject: 'false'}}\nmetadata: {<<: *a, name: d}\n",
           "x: &a {annotations: {meshctl.dev/inject: 'false'}}\nmetadata: {<<: [*a], name: d}\n",
           // As kubectl reads it, the later of the two counts.
           "x: &a {meshctl.dev/inject: 'false'}\n"
           "metadata: {name: d, annotations: {meshctl.dev/inject: 'true', <<: *a}}\n",
       }) {
    CAPTURE(middle);
    CHECK(lines(inject(head + std::string(middle) + tail)) == skipped);
  }
  CHECK(lines(inject(head +
                     std::string("x: &a {meshctl.dev/inject: 'false'}\nmetadata: {name: d, "
                                 "annotations: {\"<<\": *a}}\n") +
                     tail)) != skipped);
  CHECK(lines(inject(std::string("x: &t {metadata: {annotations: {meshctl.dev/inject: 'false'}}, "
                                 "spec: ") +
                     kTemplate + "}\n" + head + "metadata: {name: d}\nspec: {template: *t}\n")) ==
        skipped);
}

}  // namespace
}  // namespace meshctl::inject
