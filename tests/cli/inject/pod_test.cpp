#include "cli/inject/pod.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "cli/inject/manifests.h"
#include "tests/cli/inject/container_only.h"

namespace meshctl::inject {
namespace {

Outcome inject(const std::string& text, const Settings& settings = container_only()) {
  return inject_manifests({{"f", text}}, settings);
}

/// A pod whose spec holds `spec`, two spaces in.
std::string pod(const std::string& spec) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n" + spec;
}

/// What is said of a text: everything but reports.
std::string said(const std::string& text, const Settings& settings = container_only()) {
  std::string all;
  for (const Diagnostic& problem : inject(text, settings).problems) all += render(problem);
  return all;
}

TEST_CASE("a pod without containers is refused, however it has none") {
  for (const auto* spec : {"  containers: []\n", "  containers:\n", "  containers: ~\n",
                           "  restartPolicy: Always\n"}) {
    CAPTURE(spec);
    const auto outcome = inject(pod(spec));
    CHECK(outcome.is_refused());
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].problem == "pod/p has no containers");
    CHECK(outcome.problems[0].hint == "is this a patch? inject the whole manifest");
    CHECK(outcome.problems[0].place == Place{5, 3});
  }
}

TEST_CASE("names of containers: missing, twice, and what is no container") {
  CHECK(said(pod("  containers:\n  - image: x\n")) ==
        "meshctl: warning: f:6:5: container has no name\n"
        "    6 |   - image: x\n"
        "            ^\n"
        "hint: add `name:`, for the API server does not take it without\n");
  CHECK(said(pod("  containers: [{name: a}, {name: b}]\n  initContainers: [{name: a}]\n")) ==
        "meshctl: error: f:6:20: two containers are named `a`\n"
        "    6 |   initContainers: [{name: a}]\n"
        "                           ^\n"
        "hint: rename one; init containers count too\n");
  CHECK(said(pod("  containers: [a]\n")) ==
        "meshctl: error: f:5:16: a container is needed here\n"
        "    5 |   containers: [a]\n"
        "                       ^\n"
        "hint: `name:` and `image:` lines\n");
}

TEST_CASE("a nameless first container is not made the default one") {
  const auto text = inject(pod("  containers:\n  - image: x\n")).texts.at(0);
  CHECK(text.find("default-container") == std::string::npos);
}

TEST_CASE("another mesh's sidecar is warned of, also among the init containers") {
  for (const auto* name : {"istio-proxy", "linkerd-proxy", "consul-dataplane", "kuma-sidecar"}) {
    for (const auto* spec : {"  containers: [{{name: a}}, {{name: {}}}]\n",
                             "  containers: [{{name: a}}]\n  initContainers: [{{name: {}}}]\n"}) {
      const auto outcome = inject(pod(fmt::format(fmt::runtime(spec), name)));
      REQUIRE(outcome.problems.size() == 1);
      CHECK(outcome.problems[0].severity == Severity::Warning);
      CHECK(outcome.problems[0].problem == "another mesh has its sidecar in this pod");
      CHECK_FALSE(outcome.is_refused());
    }
  }
  CHECK(said(pod("  containers: [{name: a}, {name: envoy}]\n")).empty());
}

TEST_CASE("the host's network is refused however kubectl reads true, and its own network is not") {
  for (const auto* yes :
       {"true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON", "y", "Y"}) {
    CAPTURE(yes);
    CHECK(said(pod(fmt::format("  hostNetwork: {}\n  containers: [{{name: a}}]\n", yes)))
              .starts_with("meshctl: error: f:5:3: pod/p uses the network of its host, where the "
                           "ports of a sidecar may be taken\n"));
  }
  for (const auto* no : {"false", "no", "~", "off"}) {
    CAPTURE(no);
    CHECK(said(pod(fmt::format("  hostNetwork: {}\n  containers: [{{name: a}}]\n", no))).empty());
  }
}

TEST_CASE("UDP and SCTP are noted, a host port on a forwarded port is warned of") {
  CHECK(said(pod("  containers:\n  - name: a\n    ports:\n"
                 "    - {containerPort: 53, protocol: UDP, hostPort: 53}\n"
                 "    - {containerPort: 0x50, hostPort: 8_080}\n"
                 "    - {containerPort: 54, protocol: SCTP}\n")) ==
        "meshctl: note: f:8:23: port 53 is UDP; the proxy forwards TCP only, so it is left alone\n"
        "    8 |     - {containerPort: 53, protocol: UDP, hostPort: 53}\n"
        "                              ^\n"
        "meshctl: warning: f:9:23: hostPort 8080 leads past the proxy to port 80\n"
        "    9 |     - {containerPort: 0x50, hostPort: 8_080}\n"
        "                              ^\n"
        "hint: calls to that hostPort are not counted\n"
        "meshctl: note: f:10:23: port 54 is SCTP; the proxy forwards TCP only, so it is left "
        "alone\n"
        "   10 |     - {containerPort: 54, protocol: SCTP}\n"
        "                              ^\n");
}

TEST_CASE("no port of ours is one that anything in the pod or its Services names") {
  const auto text =
      pod("  containers:\n"
          "  - name: a\n    ports: [{containerPort: 0x36b1, name: web}, {containerPort: 80}]\n"
          "    lifecycle: {preStop: {httpGet: {port: 14002}}, postStart: {tcpSocket: {port: "
          "14003}}}\n"
          "    livenessProbe: {httpGet: {port: 14004}}\n"
          "  initContainers:\n"
          "  - name: b\n    ports: [{containerPort: 9, hostPort: 14005}]\n"
          "    restartPolicy: Always\n    startupProbe: {grpc: {port: 14_006}}\n"
          "  - name: linkerd-proxy\n    ports: [{containerPort: 14007}]\n") +
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
      "spec: {selector: {app: p}, ports: [{port: 14008, targetPort: 14009}]}\n";
  auto labelled = text;
  labelled.replace(labelled.find("{name: p}"), 9, "{name: p, labels: {app: p}}");
  CHECK(describe(inject(labelled).reports.at(0)) == "pod/p injected: 14001 -> 14010, 80 -> 14011");
  CHECK(describe(inject(text).reports.at(0)) == "pod/p injected: 14001 -> 14008, 80 -> 14009");
}

TEST_CASE("a port that is a template's parameter is carried through") {
  const auto outcome =
      inject(pod("  containers:\n  - name: a\n    ports: [{containerPort: '${{PORT}}'}, "
                 "{containerPort: \"${PORT}\"}, {containerPort: '${OTHER}'}]\n"));
  CHECK(describe(outcome.reports.at(0)) == "pod/p injected: ${PORT} -> 14001, ${OTHER} -> 14002");
  CHECK(outcome.texts.at(0).find("    - '--forward'\n    - '*:14001=${PORT}'\n") !=
        std::string::npos);
}

TEST_CASE("a label that overrides a merged one is the only one of its name") {
  const std::string text =
      "x: &l {app: old, tier: t}\napiVersion: v1\nkind: Pod\n"
      "metadata: {name: p, labels: {<<: *l, app: web}}\nspec: {containers: [{name: a}]}\n"
      "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\nspec: {selector: {";
  const auto with = [&](const std::string& selector) {
    return describe(inject(text + selector + "}, ports: [{port: 70}]}\n").reports.at(0));
  };
  CHECK(with("app: web, tier: t") == "pod/p injected: 70 -> 14001");
  CHECK(with("app: old") == "pod/p injected: auto -> 14001 (found at run time)");
  CHECK(inject(text + "}}\n").texts.at(0).find("\"value\": \"web\"") != std::string::npos);
}

TEST_CASE("a probe's named port is the port of its own container") {
  CHECK(describe(inject(pod("  containers:\n  - name: a\n    livenessProbe: {httpGet: {port: x}}\n"
                            "    ports: [{containerPort: 53, protocol: UDP, name: x}]\n"
                            "  - name: b\n    livenessProbe: {httpGet: {port: x}}\n"))
                     .reports.at(0)) == "pod/p injected: 53 -> 14001");
}

TEST_CASE("thousands of ports do not take long") {
  std::string ports;
  for (int port = 1; port <= 30000; ++port) ports += fmt::format("    - containerPort: {}\n", port);
  auto settings = container_only();
  settings.listen_base = 1;
  const auto outcome = inject(pod("  containers:\n  - name: a\n    ports:\n" + ports), settings);
  REQUIRE(outcome.reports.size() == 1);
  CHECK(outcome.reports[0].ports.size() == 30000);
  CHECK(outcome.reports[0].ports.back().to == "60001");
}

TEST_CASE("no free port is an error") {
  auto settings = container_only();
  settings.listen_base = 65535;
  CHECK(
      said(pod("  containers:\n  - name: a\n    ports: [{containerPort: 1}, {containerPort: 2}]\n"),
           settings) ==
      "meshctl: error: f:5:3: no free port is left up to 65535\n"
      "    5 |   containers:\n"
      "          ^\n"
      "hint: choose a lower --listen-base or --admin-port\n");
}

}  // namespace
}  // namespace meshctl::inject
