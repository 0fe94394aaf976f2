#include "cli/inject/drain_timeout.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "cli/inject/manifests.h"
#include "cli/inject/pass_through.h"
#include "tests/cli/inject/container_only.h"

namespace meshctl::inject {
namespace {

/// A pod whose grace period is `text`, in YAML; empty: it has none.
std::string pod(const std::string& text) {
  const auto line = text.empty() ? "" : fmt::format("  terminationGracePeriodSeconds: {}\n", text);
  return "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n" + line +
         "  containers:\n  - name: a\n";
}

/// What stands behind `--drain-timeout`; empty: it is not there.
std::string timeout_in(const Outcome& outcome) {
  const std::string flag = "- '--drain-timeout'\n    - '";
  const auto& text = outcome.texts.at(0);
  const auto found = text.find(flag);
  if (found == std::string::npos) return {};
  const auto begin = found + flag.size();
  return text.substr(begin, text.find('\'', begin) - begin);
}

std::string timeout_for(const std::string& grace) {
  const auto outcome = inject_manifests({{"f", pod(grace)}}, container_only());
  REQUIRE_FALSE(outcome.is_refused());
  return timeout_in(outcome);
}

TEST_CASE("the sidecar drains until a tenth of the grace period, 0.5 to 5 s of it, is left") {
  struct Row {
    const char* grace;
    const char* want;
  };
  const Row rows[] = {
      {"", "27s"},         {"~", "27s"},         {"null", "27s"},
      {"0", "0s"},         {"1", "500ms"},       {"2", "1500ms"},
      {"3", "2500ms"},     {"5", "4500ms"},      {"6", "5400ms"},
      {"7", "6300ms"},     {"10", "9s"},         {"15", "13500ms"},
      {"30", "27s"},       {"50", "45s"},        {"51", "46s"},
      {"300", "295s"},     {"3600", "3595s"},    {"86405", "86400s"},
      {"86406", "86400s"}, {"604800", "86400s"}, {"9000000000000000000", "86400s"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.grace);
    CHECK(timeout_for(row.grace) == row.want);
  }
}

TEST_CASE("a grace period is the number that kubectl reads") {
  for (const auto* spelled :
       {"30", "036", "0o36", "0x1e", "0b11110", "3_0", "+30", "30.0", "3e1", "!!int \"30\""}) {
    CAPTURE(spelled);
    CHECK(timeout_for(spelled) == "27s");
  }
}

TEST_CASE("a grace period that is no number is noted, and the flag left out") {
  struct Row {
    const char* grace;
    const char* what;
  };
  const Row rows[] = {
      {"${{GRACE}}", "a parameter"},    {"'${GRACE}'", "a parameter"},
      {"-1", "no number of seconds"},   {"30.5", "no number of seconds"},
      {"'30'", "no number of seconds"}, {"''", "no number of seconds"},
      {"1e30", "no number of seconds"}, {"[30]", "no number of seconds"},
      {"soon", "no number of seconds"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.grace);
    const auto outcome = inject_manifests({{"f", pod(row.grace)}}, container_only());
    CHECK(timeout_in(outcome).empty());
    REQUIRE(outcome.problems.size() == 1);
    CHECK(render(outcome.problems[0]) ==
          fmt::format("meshctl: note: f:5:34: this grace period is {}, so the sidecar of pod/p "
                      "gets no --drain-timeout: it drains for up to 25s\n"
                      "    5 |   terminationGracePeriodSeconds: {}\n"
                      "                                         ^\n"
                      "hint: set it with the annotation meshctl.dev/arg: --drain-timeout=TIME, a "
                      "little below the grace period\n",
                      row.what, row.grace));
  }
}

TEST_CASE("a drain timeout that the user sets is the only one, and no other is missed") {
  const auto settings_with = [](const std::string& env, std::initializer_list<const char*> args) {
    auto settings = container_only();
    if (!env.empty()) REQUIRE(apply_env(env, settings));
    for (const auto* arg : args) REQUIRE(apply_arg(arg, settings));
    return settings;
  };
  const Settings given[] = {settings_with("", {"--interval=1s", "--drain-timeout=5s"}),
                            settings_with("", {"--drain-timeout", "5s"}),
                            settings_with("MESHCTL_DRAIN_TIMEOUT=5s", {})};
  for (const Settings& settings : given) {
    for (const auto* grace : {"60", "${{GRACE}}"}) {
      const auto outcome = inject_manifests({{"f", pod(grace)}}, settings);
      CHECK(outcome.texts.at(0).find("55s") == std::string::npos);
      CHECK(outcome.texts.at(0).find("5s") != std::string::npos);
      CHECK(outcome.problems.empty());
    }
  }
  const auto others = settings_with("DRAIN_TIMEOUT=5s", {"--drain-delay=1s", "--drain-timeouts=1"});
  CHECK(timeout_in(inject_manifests({{"f", pod("60")}}, others)) == "55s");
}

TEST_CASE("an alias leads to the grace period too, and a native sidecar has the same timeout") {
  const std::string job =
      "apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  backoffLimit: &g 20\n"
      "  template:\n    spec:\n      restartPolicy: Never\n"
      "      terminationGracePeriodSeconds: *g\n      containers:\n      - name: a\n";
  const auto text = inject_manifests({{"f", job}}, container_only()).texts.at(0);
  CHECK(text.find("initContainers:") != std::string::npos);
  CHECK(text.find("- '--drain-timeout'\n        - '18s'\n") != std::string::npos);
}

}  // namespace
}  // namespace meshctl::inject
