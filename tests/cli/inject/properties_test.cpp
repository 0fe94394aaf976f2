#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>

#include "cli/inject/manifest_file.h"
#include "cli/inject/manifests.h"
#include "cli/inject/verify.h"
#include "tests/cli/inject/random/random_manifest.h"
#include "tests/cli/inject/untouched_text.h"

namespace meshctl::inject {
namespace {

std::uint64_t number_from(const char* variable, std::uint64_t otherwise) {
  const char* text = std::getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

/// The seeds that are tried: MESHCTL_RANDOM_MANIFESTS many, from MESHCTL_RANDOM_FROM on.
struct Seeds {
  std::uint64_t first = number_from("MESHCTL_RANDOM_FROM", 0);
  std::uint64_t count = number_from("MESHCTL_RANDOM_MANIFESTS", MESHCTL_MANIFESTS);
};

Settings plain() {
  return default_settings("1.0.0");
}

/// Other flags, and another version of ourselves.
Settings other() {
  Settings settings = default_settings("2.0.0");
  settings.upstream = {{PortRef{1234, {}}, "127.0.0.1"}, {PortRef{5678, {}}}};
  settings.native_sidecar = NativeSidecar::Always;
  settings.dashboard = "http://d:1";
  settings.admin_port = 9000;
  settings.image = "other:2";
  return settings;
}

/// The problems as text, for the message of a failing check.
std::string said(const Outcome& outcome) {
  std::string text;
  for (const Diagnostic& problem : outcome.problems) text += render(problem);
  return text;
}

/// The text that `inject` makes of `text`, or what it says when it refuses.
std::string injected(const std::string& text, const Settings& settings) {
  const auto outcome = inject_manifests({{"f", text}}, settings);
  return outcome.is_refused() ? "refused" : outcome.texts.at(0);
}

/// Some random manifests are no good, or lead a Service to pods that cannot all be served.
bool is_refused_rightly(const std::string& text) {
  const auto outcome = inject_manifests({{"f", text}}, plain());
  if (!outcome.is_refused()) return false;
  return std::ranges::all_of(outcome.problems, [](const Diagnostic& problem) {
    constexpr std::array kRight{"whose proxies listen at different ports",
                                "which gets no traffic through a proxy",
                                "leads to pods that differ in the port behind",
                                "two ports of this container are named `",
                                "has no containers",
                                "the container name `telemetry` is taken",
                                "uses the network of its host"};
    return problem.severity != Severity::Error ||
           std::ranges::any_of(kRight, [&](const char* words) {
             return problem.problem.find(words) != std::string::npos;
           });
  });
}

bool is_sidecar(const Node& item) {
  const Entry name = find(item, "name");
  return name && name.value->value == "telemetry";
}

/// Keys whose values may become others: ports by name or number, and what a policy lets in.
bool may_change(const std::string& key) {
  return key == "port" || key == "targetPort" || key == "containerPort" || key == "ingress" ||
         key == "egress";
}

/// The tree without what an injection may add, told by name alone: independent of the plan. Whether
/// ports lead where they should is seen from outside (tests/integration/test_inject_properties.py).
Node without_additions(const Node& node) {
  Node copy = node;
  copy.children.clear();
  if (node.is_sequence()) {
    for (const Node& item : node.children) {
      if (!is_sidecar(item)) copy.children.push_back(without_additions(item));
    }
    return copy;
  }
  for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
    const std::string& key = node.children[i].value;
    if (may_change(key) || (key == "name" && find(node, "containerPort"))) continue;
    if (key == "meshctl.dev/injected" || key.starts_with("prometheus.io/") ||
        key == "kubectl.kubernetes.io/default-container") {
      continue;
    }
    auto value = without_additions(node.children[i + 1]);
    const bool may_be_empty = key == "annotations" || key == "metadata" || key == "initContainers";
    if (may_be_empty && value.children.empty()) continue;
    copy.children.push_back(without_additions(node.children[i]));
    copy.children.push_back(std::move(value));
  }
  return copy;
}

void check_trees(const std::string& before, const std::string& after) {
  Diagnostics problems;
  const auto read = [&](const std::string& text) {
    return ManifestFile::read(std::make_shared<const SourceText>("f", text), problems);
  };
  const auto a = read(before);
  const auto b = read(after);
  REQUIRE(problems.empty());
  REQUIRE(a.documents.size() == b.documents.size());
  for (std::size_t i = 0; i < a.documents.size(); ++i) {
    CHECK(same_tree(without_additions(a.documents[i].root()),
                    without_additions(b.documents[i].root())));
  }
}

TEST_CASE("any manifest: only what was planned changes, twice is once, and uninject restores it") {
  const Seeds seeds;
  std::uint64_t refused = 0;
  for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const auto manifest = random_manifest(seed);
    const std::string& text = manifest.text;
    CAPTURE(seed);
    CAPTURE(text);
    if (is_refused_rightly(text)) {
      ++refused;
      continue;
    }
    const auto outcome = inject_manifests({{"f", text}}, plain());
    REQUIRE_MESSAGE(!outcome.is_refused(), said(outcome));
    const auto once = outcome.texts.at(0);
    if (manifest.workloads == 0) CHECK(once == text);
    REQUIRE(lost_text(text, once) == "");
    check_trees(text, once);
    REQUIRE(injected(once, plain()) == once);
    const auto with_other = injected(text, other());
    REQUIRE(injected(once, other()) == with_other);
    if (with_other != "refused") REQUIRE(injected(with_other, plain()) == once);
    const auto back = uninject_manifests({{"f", once}});
    REQUIRE_MESSAGE(!back.is_refused(), said(back));
    REQUIRE(back.texts.at(0) == text);
  }
  CHECK(refused <= seeds.count / 6 + 5);
}

TEST_CASE("a cut manifest is injected rightly or refused, never half") {
  const Seeds seeds;
  // Each is cut at a hundred places or more.
  for (auto seed = seeds.first; seed < seeds.first + seeds.count / 50; ++seed) {
    const auto text = random_manifest(seed).text;
    for (std::size_t length = 0; length < text.size(); length += 7) {
      CAPTURE(seed);
      CAPTURE(length);
      const auto part = text.substr(0, length);
      const auto outcome = inject_manifests({{"f", part}}, plain());
      const bool is_our_bug = said(outcome).find("own check") != std::string::npos;
      CHECK_MESSAGE(!is_our_bug, said(outcome), "\n", part);
      if (outcome.is_refused()) continue;
      const auto back = uninject_manifests({{"f", outcome.texts.at(0)}});
      REQUIRE_MESSAGE(!back.is_refused(), said(back));
      CHECK(back.texts.at(0) == part);
    }
  }
}

}  // namespace
}  // namespace meshctl::inject
