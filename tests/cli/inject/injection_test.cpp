#include "cli/inject/injection.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

#include "cli/inject/manifests.h"

namespace meshctl::inject {
namespace {

/// A pod with `containers` under `spec.containers`, given with four spaces of indentation.
std::string pod(const std::string& containers, const std::string& rest = "") {
  return "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {app: web, tier: x}\n" + rest +
         "spec:\n  containers:\n" + containers;
}

std::string service(const std::string& spec, const std::string& metadata = "") {
  return "---\napiVersion: v1\nkind: Service\nmetadata: {name: s" + metadata + "}\nspec: {" + spec +
         "}\n";
}

Outcome inject(const std::string& text, const Settings& settings = default_settings("1")) {
  return inject_manifests({{"f", text}}, settings);
}

std::string report(const std::string& text, const Settings& settings = default_settings("1")) {
  const auto outcome = inject(text, settings);
  REQUIRE_FALSE(outcome.reports.empty());
  return describe(outcome.reports[0]);
}

TEST_CASE("ports come from the containers, else Services, else probes, else run time") {
  const std::string none = "  - name: a\n";
  const std::string declared =
      "  - name: a\n    ports: [{containerPort: 80}, {containerPort: 90}]\n"
      "  - name: b\n    ports: [{containerPort: 53, protocol: UDP}, {containerPort: 80}]\n";
  const std::string probed =
      "  - name: a\n    readinessProbe: {httpGet: {port: 81}}\n"
      "    livenessProbe: {tcpSocket: {port: 82}}\n    startupProbe: {grpc: {port: 83}}\n";
  const std::string selecting =
      "selector: {app: web}, ports: [{port: 70}, {port: 1, targetPort: 71}]";
  struct Row {
    std::string name;
    std::string text;
    const char* want;
  };
  const Row rows[] = {
      {"declared", pod(declared), "80 -> 14001, 90 -> 14002"},
      {"declared wins over a Service", pod(declared) + service(selecting),
       "80 -> 14001, 90 -> 14002"},
      {"a Service that selects it", pod(none) + service(selecting), "70 -> 14001, 71 -> 14002"},
      {"a Service without a target port",
       pod(none) + service("selector: {app: web}, ports: [{port: 72, targetPort: ~}]"),
       "72 -> 14001"},
      {"a Service wins over probes", pod(probed) + service(selecting), "70 -> 14001, 71 -> 14002"},
      {"a Service of other pods", pod(none) + service("selector: {app: other}, ports: [{port: 7}]"),
       "auto -> 14001 (found at run time)"},
      {"a Service that wants more",
       pod(none) + service("selector: {app: web, z: y}, ports: [{port: 7}]"),
       "auto -> 14001 (found at run time)"},
      {"a Service without selector", pod(none) + service("ports: [{port: 7}]"),
       "auto -> 14001 (found at run time)"},
      {"a Service of another namespace", pod(none) + service(selecting, ", namespace: z"),
       "auto -> 14001 (found at run time)"},
      {"a Service of another API group",
       pod(none) + "---\napiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: s}\n"
                   "spec: {selector: {app: web}, ports: [{port: 7}]}\n",
       "auto -> 14001 (found at run time)"},
      {"a UDP Service",
       pod(none) + service("selector: {app: web}, ports: [{port: 7, protocol: UDP}]"),
       "auto -> 14001 (found at run time)"},
      {"probes", pod(probed), "81 -> 14001, 82 -> 14002, 83 -> 14003"},
      {"nothing known", pod(none), "auto -> 14001 (found at run time)"},
      {"through an alias and a merge key",
       pod("  - &a\n    name: a\n    ports: &p [{containerPort: 80}]\n"
           "  - name: b\n    ports: *p\n  - <<: *a\n    name: c\n"),
       "80 -> 14001"},
      {"annotation", pod(declared, "  annotations: {meshctl.dev/upstream: \"99,98\"}\n"),
       "99 -> 14001, 98 -> 14002"},
      {"annotation auto", pod(declared, "  annotations: {meshctl.dev/upstream: auto}\n"),
       "auto -> 14001 (found at run time)"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(report(row.text) == fmt::format("pod/p injected: {}", row.want));
  }
}

TEST_CASE("our ports keep clear of every port of the pod") {
  const auto args = [](const std::string& containers, const Settings& settings) {
    const auto text = inject(pod(containers), settings).texts.at(0);
    const auto begin = text.find("args:");
    return text.substr(begin, text.find("env:", begin) - begin);
  };
  const auto want = [](const std::string& forward, const std::string& admin) {
    return fmt::format(
        "args:\n    - run\n    - '--forward'\n    - '{}'\n    - '--admin'\n    - '{}'\n    "
        "- '--drain-timeout'\n    - '27s'\n    ",
        forward, admin);
  };
  auto settings = default_settings("1");
  CHECK(args("  - name: a\n    ports:\n    - containerPort: 14001\n", settings) ==
        want("*:14002=14001", "*:14000"));
  CHECK(args("  - name: a\n    ports: [{containerPort: 80, hostPort: 14000}]\n", settings) ==
        want("*:14002=80", "*:14001"));
  CHECK(args("  - name: a\n    livenessProbe: {httpGet: {port: 14000}}\n"
             "    ports: [{containerPort: 9}]\n  - name: istio-proxy\n"
             "    ports: [{containerPort: 14001}]\n",
             settings) == want("*:14003=9", "*:14002"));
  settings.listen_base = 14000;
  settings.upstream = {{PortRef{14002, {}}}};
  CHECK(args("  - name: a\n", settings) == want("*:14001=14002", "*:14000"));
}

TEST_CASE("the name of a port that is no plain entry is refused at its place, never half taken") {
  const auto refusal = [](const std::string& port) {
    const auto outcome = inject(pod("  - name: a\n    ports:\n" + port));
    REQUIRE(outcome.is_refused());
    return render(outcome.problems.at(0));
  };
  const std::string said = ": `name` has to be taken out here, and is no plain entry\n";
  const std::string hint = "hint: write it in one line, `name: value`, without an anchor\n";
  CHECK(refusal("    - {containerPort: 80, ? name : http}\n") ==
        "meshctl: error: f:10:27" + said + "   10 |     - {containerPort: 80, ? name : http}\n" +
            std::string(34, ' ') + "^\n" + hint);
  CHECK(refusal("    - {containerPort: 80, name: &n http}\n    workingDir: *n\n")
            .starts_with("meshctl: error: f:10:27" + said));
  CHECK(refusal("    - {containerPort: 80, &k name: http}\n    workingDir: *k\n")
            .starts_with("meshctl: error: f:10:27" + said));
  CHECK(refusal("    - containerPort: 80\n      name: |-\n        http\n")
            .starts_with("meshctl: error: f:11:7" + said));
}

TEST_CASE("MESHCTL_SERVICE is the standard label, else app, else the workload's name") {
  const auto name = [](const std::string& labels, const std::string& metadata) {
    const auto text = inject("apiVersion: v1\nkind: Pod\nmetadata:\n  " + metadata +
                             "\n  labels: {" + labels + "}\nspec:\n  containers:\n  - name: a\n")
                          .texts.at(0);
    const auto begin = text.find("value: ", text.find("MESHCTL_SERVICE")) + 7;
    return text.substr(begin, text.find('\n', begin) - begin);
  };
  CHECK(name("app.kubernetes.io/name: std, app: a", "name: w") == "std");
  CHECK(name("app: a", "name: w") == "a");
  CHECK(name("tier: a", "name: w") == "w");
  CHECK(name("", "generateName: w-") == "w");
}

TEST_CASE("a dashboard adds its URL and the namespace, the manifest's own if it has one") {
  auto settings = default_settings("1");
  settings.dashboard = "http://d:1";
  const auto fieldless = inject(pod("  - name: a\n", "  namespace: n\n"), settings).texts.at(0);
  CHECK(fieldless.find("    - name: MESHCTL_DASHBOARD\n      value: http://d:1\n"
                       "    - name: POD_NAMESPACE\n      value: 'n'\n") != std::string::npos);
  const auto field = inject(pod("  - name: a\n"), settings).texts.at(0);
  CHECK(field.find("          fieldPath: metadata.namespace\n") != std::string::npos);
  CHECK(inject(pod("  - name: a\n")).texts.at(0).find("POD_NAMESPACE") == std::string::npos);
}

TEST_CASE("annotations that are there are left as they are") {
  const auto text = inject(pod("  - name: a\n",
                               "  annotations:\n    prometheus.io/scrape: 'false'\n"
                               "    kubectl.kubernetes.io/default-container: z\n"))
                        .texts.at(0);
  CHECK(text.find("prometheus.io/port") == std::string::npos);
  CHECK(text.find("default-container: a") == std::string::npos);
  for (const auto* other : {"port: '1'", "path: /", "scheme: https"}) {
    CAPTURE(other);
    const auto one =
        inject(pod("  - name: a\n", fmt::format("  annotations:\n    prometheus.io/{}\n", other)))
            .texts.at(0);
    CHECK(one.find("prometheus.io/", one.find("prometheus.io/") + 1) == std::string::npos);
    CHECK(one.find("default-container: a") != std::string::npos);
  }
}

TEST_CASE("a setting of the pod template wins over one of the workload, and that over a flag") {
  const auto deployment = [](const std::string& own, const std::string& pods) {
    return "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, annotations: {" + own +
           "}}\nspec:\n  template:\n    metadata: {annotations: {" + pods +
           "}}\n    spec:\n      containers:\n      - name: a\n";
  };
  auto settings = default_settings("1");
  settings.upstream = {{PortRef{1, {}}}};
  CHECK(report(deployment("", ""), settings) == "deployment/d injected: 1 -> 14001");
  CHECK(report(deployment("meshctl.dev/upstream: '2'", ""), settings) ==
        "deployment/d injected: 2 -> 14001");
  CHECK(report(deployment("meshctl.dev/upstream: '2'", "meshctl.dev/upstream: '3'"), settings) ==
        "deployment/d injected: 3 -> 14001");
  CHECK(report(deployment("", "meshctl.dev/inject: 'false'"), settings) ==
        "deployment/d skipped: meshctl.dev/inject is \"false\"");
}

TEST_CASE("each setting by its annotation is what it is by its option") {
  const std::map<std::string, std::string> samples{{"image", "r/i:2"},
                                                   {"upstream", "81,82"},
                                                   {"listen-base", "20000"},
                                                   {"admin-port", "9000"},
                                                   {"dashboard", "http://d:1"},
                                                   {"token-secret", "s/k"},
                                                   {"cpu-request", "1m"},
                                                   {"memory-request", "2Mi"},
                                                   {"cpu-limit", "3"},
                                                   {"memory-limit", "4Gi"},
                                                   {"image-pull-policy", "Never"},
                                                   {"native-sidecar", "always"},
                                                   {"traffic", "none"},
                                                   {"env", "A=1"},
                                                   {"arg", "--interval=1s"}};
  const auto manifest = [](const std::string& annotation) {
    return pod("  - name: a\n    ports: [{containerPort: 80, name: http}]\n",
               "  annotations:\n    meshctl.dev/" + annotation + "\n");
  };
  // A token is for a dashboard.
  auto base = default_settings("1");
  base.dashboard = "http://other:2";
  const auto plain = inject(manifest("inject: 'true'"), base).texts.at(0);
  for (const SettingSpec& spec : setting_specs()) {
    const auto& value = samples.at(std::string(spec.name));
    CAPTURE(value);
    auto settings = base;
    REQUIRE(spec.apply(value, settings));
    auto by_annotation =
        inject(manifest(std::string(spec.name) + ": '" + value + "'"), base).texts.at(0);
    const auto by_option = inject(manifest("inject: 'true'"), settings).texts.at(0);
    const auto line = by_annotation.find("meshctl.dev/" + std::string(spec.name) + ":");
    by_annotation.replace(line, by_annotation.find('\n', line) - line,
                          "meshctl.dev/inject: 'true'");
    CHECK(by_annotation == by_option);
    CHECK(by_option != plain);
  }
}

TEST_CASE("opting out takes an earlier sidecar away") {
  const auto text = pod("  - name: a\n");
  const auto once = inject(text).texts.at(0);
  auto opted_out = once;
  opted_out.insert(opted_out.find("    meshctl.dev/injected"), "    meshctl.dev/inject: 'false'\n");
  CHECK(inject(opted_out).texts.at(0) ==
        pod("  - name: a\n", "  annotations:\n    meshctl.dev/inject: 'false'\n"));
}

TEST_CASE("what was injected before and is not this time is told") {
  const std::string service_text = service("selector: {app: web}, ports: [{port: 80}]").substr(4);
  const auto with_pod = inject(pod("  - name: a\n") + "---\n" + service_text).texts.at(0);
  const auto alone = with_pod.substr(with_pod.find("---\n") + 4);
  const auto outcome = inject(alone);
  CHECK(outcome.texts.at(0) == service_text);
  REQUIRE_FALSE(outcome.problems.empty());
  CHECK(outcome.problems[0].severity == Severity::Warning);
  CHECK(outcome.problems[0].problem ==
        "service/s restored: it was injected before, and is not this time");
}

TEST_CASE("one bad document of many leaves no text to use") {
  const auto outcome =
      inject_manifests({{"good", pod("  - name: a\n")}, {"bad", pod("  - name: a\n b: c\n")}},
                       default_settings("1"));
  CHECK(outcome.is_refused());
  CHECK(outcome.texts.empty());
}

TEST_CASE("places in a manifest that was injected before are its own") {
  auto text = inject(pod("  - name: a\n")).texts.at(0);
  text += "  hostNetwork: true\n";
  const auto outcome = inject(text);
  REQUIRE(outcome.problems.size() == 1);
  const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  CHECK(outcome.problems[0].place == Place{lines, 3});
  CHECK(outcome.problems[0].source_line == "  hostNetwork: true");
}

}  // namespace
}  // namespace meshctl::inject
