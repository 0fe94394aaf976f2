#include <doctest/doctest.h>

#include <string>

#include "cli/inject/manifests.h"

// Which Routes and network policies follow a pod's port, and which are none of its business.

namespace meshctl::inject {
namespace {

const std::string kPodAndService =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: web}}\n"
    "spec: {containers: [{name: a, ports: [{containerPort: 8080}]}]}\n"
    "---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
    "spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}\n---\n";

/// What is done to `object` beside the pod and its Service; empty if nothing.
std::string done_to(const std::string& object, Traffic traffic = Traffic::Service) {
  auto settings = default_settings("1");
  settings.traffic = traffic;
  const auto outcome = inject_manifests({{"f", kPodAndService + object}}, settings);
  REQUIRE_FALSE(outcome.is_refused());
  CHECK(uninject_manifests({{"f", outcome.texts.at(0)}}).texts.at(0) == kPodAndService + object);
  const auto is_last_untouched = outcome.texts.at(0).ends_with("---\n" + object);
  const auto& last = outcome.reports.back();
  const bool is_other = last.kind != "Pod" && last.kind != "Service";
  CHECK(is_other != is_last_untouched);
  return is_other ? describe(last) : "";
}

struct Row {
  const char* name;
  std::string text;
  bool follows;
};

TEST_CASE("a port of a Service that leads past the proxy is warned of, if it is one of TCP") {
  const auto warnings = [](const std::string& port) {
    const auto outcome =
        inject_manifests({{"f", kPodAndService +
                                    "apiVersion: v1\nkind: Service\nmetadata: {name: other}\n"
                                    "spec: {selector: {app: web}, ports: [{" +
                                    port + "}]}\n"}},
                         default_settings("1"));
    std::string all;
    for (const Diagnostic& problem : outcome.problems) all += problem.problem;
    return all;
  };
  CHECK(warnings("port: 9090") == "service/other leads to port 9090 of pod/p, past its proxy");
  CHECK(warnings("port: 1, targetPort: 9090") ==
        "service/other leads to port 9090 of pod/p, past its proxy");
  CHECK(warnings("port: 9090, protocol: UDP").empty());
  CHECK(warnings("port: 8080").empty());
}

TEST_CASE("a Route follows its Service, by number, in its namespace") {
  const auto route = [](const std::string& spec, const std::string& metadata = "",
                        const std::string& version = "route.openshift.io/v1") {
    return "apiVersion: " + version + "\nkind: Route\nmetadata: {name: r" + metadata +
           "}\nspec: {" + spec + "}\n";
  };
  const std::string to = "to: {kind: Service, name: s}";
  const std::string port = ", port: {targetPort: 8080}";
  const Row rows[] = {
      {"by number", route(to + port), true},
      {"of OpenShift 3", route(to + port, "", "v1"), true},
      {"without a kind", route("to: {name: s}" + port), true},
      {"of another API group", route(to + port, "", "example.com/v1"), false},
      {"of another namespace", route(to + port, ", namespace: n"), false},
      {"by name", route(to + ", port: {targetPort: http}"), false},
      {"by another number", route(to + ", port: {targetPort: 8081}"), false},
      {"without a port", route(to), false},
      {"to another Service", route("to: {kind: Service, name: other}" + port), false},
      {"to another kind", route("to: {kind: Other, name: s}" + port), false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(done_to(row.text) == (row.follows ? "route/r retargeted: 8080 -> 14001" : ""));
    CHECK(done_to(row.text, Traffic::None).empty());
  }
}

std::string policy(const std::string& spec, const std::string& metadata = "",
                   const std::string& version = "networking.k8s.io/v1") {
  return "apiVersion: " + version + "\nkind: NetworkPolicy\nmetadata: {name: n" + metadata +
         "}\nspec: {" + spec + "}\n";
}

void check_policies(std::initializer_list<Row> rows) {
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(done_to(row.text) == (row.follows ? "networkpolicy/n retargeted: 8080 -> 14001" : ""));
    CHECK(done_to(row.text, Traffic::None).empty());
  }
}

TEST_CASE("a network policy lets into the proxy what it let into the application") {
  const std::string web = "podSelector: {matchLabels: {app: web}}, ";
  const auto ingress = [](const std::string& port) {
    return "ingress: [{ports: [{" + port + "}]}]";
  };
  const auto in = ingress("port: 8080");
  check_policies({
      {"by number", policy(web + in), true},
      {"of the old group", policy(web + in, "", "extensions/v1beta1"), true},
      {"of another API group", policy(web + in, "", "example.com/v1"), false},
      {"for every pod", policy("podSelector: {}, " + in), true},
      {"for other pods", policy("podSelector: {matchLabels: {app: other}}, " + in), false},
      {"of another namespace", policy(web + in, ", namespace: n"), false},
      {"for TCP", policy(web + ingress("protocol: TCP, port: 8080")), true},
      {"for UDP", policy(web + ingress("protocol: UDP, port: 8080")), false},
      {"another port", policy(web + ingress("port: 8081")), false},
      {"a range", policy(web + ingress("port: 8000, endPort: 8100")), true},
      {"a range beside it", policy(web + ingress("port: 8000, endPort: 8079")), false},
      {"a range with both", policy(web + ingress("port: 8000, endPort: 14001")), false},
      {"every port", policy(web + ingress("protocol: TCP")), false},
      {"every port by saying nothing", policy(web + "ingress: [{}]"), false},
      {"there already", policy(web + "ingress: [{ports: [{port: 8080}, {port: 14001}]}]"), false},
  });
}

TEST_CASE("a network policy lets out to the proxy what it let out to the application") {
  const auto egress = [](const std::string& to) {
    return "podSelector: {matchLabels: {app: client}}, egress: [{" + to + "ports: [{port: 8080}]}]";
  };
  const std::string web = "podSelector: {matchLabels: {app: web}}";
  check_policies({
      {"to the pod", policy(egress("to: [{" + web + "}], ")), true},
      {"to anywhere", policy(egress("")), true},
      {"to other pods", policy(egress("to: [{podSelector: {matchLabels: {app: z}}}], ")), false},
      {"to addresses", policy(egress("to: [{ipBlock: {cidr: 10.0.0.0/8}}], ")), false},
      {"from another namespace", policy(egress("to: [{" + web + "}], "), ", namespace: n"), false},
      {"from another namespace to any",
       policy(egress("to: [{namespaceSelector: {}, " + web + "}], "), ", namespace: n"), true},
  });
}

}  // namespace
}  // namespace meshctl::inject
