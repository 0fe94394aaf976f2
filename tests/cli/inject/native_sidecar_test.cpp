#include "cli/inject/native_sidecar.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "cli/inject/manifests.h"
#include "tests/cli/inject/container_only.h"

namespace meshctl::inject {
namespace {

Settings with(NativeSidecar when) {
  auto settings = container_only();
  settings.native_sidecar = when;
  return settings;
}

std::string pod(const std::string& spec) {
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n" + spec;
}

std::string job(const std::string& kind) {
  const auto* way = kind == "CronJob" ? "jobTemplate: {spec: {template: " : "template: ";
  const auto* end = kind == "CronJob" ? "}}" : "";
  return fmt::format(
      "apiVersion: batch/v1\nkind: {}\nmetadata: {{name: p}}\n"
      "spec: {{{}{{spec: {{containers: [{{name: a}}]}}}}{}}}\n",
      kind, way, end);
}

/// `native` or `regular`, and what is said.
std::string outcome_of(const std::string& text, NativeSidecar when) {
  const auto outcome = inject_manifests({{"f", text}}, with(when));
  REQUIRE_FALSE(outcome.is_refused());
  const bool is_native = outcome.texts.at(0).find("initContainers") != std::string::npos;
  std::string all = is_native ? "native" : "regular";
  for (const Diagnostic& problem : outcome.problems) all += ": " + problem.problem;
  CHECK(uninject_manifests({{"f", outcome.texts.at(0)}}).texts.at(0) == text);
  return all;
}

TEST_CASE("pods that end get a native sidecar, others a regular one, unless told otherwise") {
  const std::string native = "native: {}/p gets a native sidecar, which needs Kubernetes 1.29";
  const std::string endless =
      "regular: {}/p will not complete: the sidecar goes on when its containers have ended";
  struct Row {
    std::string text;
    const char* kind;
    bool ends;
  };
  const std::string one = "  containers: [{name: a}]\n";
  const Row rows[] = {
      {pod(one), "pod", false},
      {pod(one + "  restartPolicy: Always\n"), "pod", false},
      {pod(one + "  restartPolicy: Never\n"), "pod", true},
      {pod(one + "  restartPolicy: OnFailure\n"), "pod", true},
      {job("Job"), "job", true},
      {job("CronJob"), "cronjob", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto says = [&](const std::string& text) {
      return fmt::format(fmt::runtime(text), row.kind);
    };
    CHECK(outcome_of(row.text, NativeSidecar::Auto) == (row.ends ? says(native) : "regular"));
    CHECK(outcome_of(row.text, NativeSidecar::Always) == says(native));
    CHECK(outcome_of(row.text, NativeSidecar::Never) == (row.ends ? says(endless) : "regular"));
  }
}

TEST_CASE("a native sidecar is the last init container, whatever is there") {
  for (const auto* init :
       {"", "  initContainers:\n", "  initContainers: ~\n", "  initContainers: []\n",
        "  initContainers: [{name: i}]\n", "  initContainers:\n  - name: i\n  # end\n"}) {
    CAPTURE(init);
    const auto text = pod(std::string(init) + "  containers:\n  - name: a\n");
    const auto outcome = inject_manifests({{"f", text}}, with(NativeSidecar::Always));
    REQUIRE_FALSE(outcome.is_refused());
    const auto& out = outcome.texts.at(0);
    CHECK(out.find("telemetry") > out.find("initContainers"));
    CHECK(
        (out.find("name: i") == std::string::npos || out.find("telemetry") > out.find("name: i")));
    CHECK(uninject_manifests({{"f", out}}).texts.at(0) == text);
    CHECK(inject_manifests({{"f", out}}, with(NativeSidecar::Always)).texts.at(0) == out);
  }
}

TEST_CASE("init containers behind an alias are not edited") {
  const auto outcome = inject_manifests(
      {{"f", pod("  containers: [{name: a}]\n  initContainers: *i\n").insert(0, "x: &i []\n")}},
      with(NativeSidecar::Always));
  CHECK(outcome.is_refused());
  REQUIRE(outcome.problems.size() == 2);
  CHECK(outcome.problems[1].problem == "an alias stands on the way to what has to be edited");
  CHECK(outcome.problems[1].place == Place{7, 19});
}

TEST_CASE("what is said has its place and a way out") {
  const auto text = pod("  restartPolicy: Never\n  containers: [{name: a}]\n");
  const auto said = [&](NativeSidecar when) {
    return render(inject_manifests({{"f", text}}, with(when)).problems.at(0));
  };
  CHECK(said(NativeSidecar::Auto) ==
        "meshctl: note: f:5:3: pod/p gets a native sidecar, which needs Kubernetes 1.29\n"
        "    5 |   restartPolicy: Never\n"
        "          ^\n"
        "hint: --native-sidecar never adds a regular container instead\n");
  CHECK(said(NativeSidecar::Never) ==
        "meshctl: warning: f:5:3: pod/p will not complete: the sidecar goes on when its containers "
        "have ended\n"
        "    5 |   restartPolicy: Never\n"
        "          ^\n"
        "hint: --native-sidecar auto ends it with them; it needs Kubernetes 1.29\n");
}

}  // namespace
}  // namespace meshctl::inject
