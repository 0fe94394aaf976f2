#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/inject/manifest_file.h"
#include "cli/inject/manifests.h"
#include "cli/inject/verify.h"
#include "tests/cli/inject/random_manifest.h"

namespace meshctl::inject {
namespace {

/// MESHCTL_RANDOM_MANIFESTS sets how many are tried.
std::uint64_t manifest_count() {
  const char* text = std::getenv("MESHCTL_RANDOM_MANIFESTS");
  return text == nullptr ? 3000 : std::strtoull(text, nullptr, 10);
}

Settings plain() {
  return default_settings("1.0.0");
}

/// Other flags, and another version of ourselves.
Settings other() {
  Settings settings = default_settings("2.0.0");
  settings.upstream = {{1234, {}}, {5678, {}}};
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

std::string injected(const std::string& text, const Settings& settings) {
  const auto outcome = inject_manifests({{"f", text}}, settings);
  REQUIRE_MESSAGE(!outcome.is_refused(), said(outcome));
  return outcome.texts.at(0);
}

/// Random Services may select pods that cannot all be served; that is refused, and rightly.
bool is_refused_rightly(const std::string& text) {
  const auto outcome = inject_manifests({{"f", text}}, plain());
  if (!outcome.is_refused()) return false;
  return std::ranges::all_of(outcome.problems, [](const Diagnostic& problem) {
    return problem.severity != Severity::Error ||
           problem.problem.find("whose proxies listen at different ports") != std::string::npos ||
           problem.problem.find("pods that differ in the port behind") != std::string::npos;
  });
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

template <typename Sequence>
bool is_subsequence(const Sequence& part, const Sequence& whole) {
  auto next = part.begin();
  for (const auto& each : whole) {
    if (next != part.end() && *next == each) ++next;
  }
  return next == part.end();
}

bool is_sidecar(const Node& item) {
  const Entry name = find(item, "name");
  return name && name.value->value == "telemetry";
}

/// Keys whose values may become others: ports by name or number, and what a policy lets in.
bool may_change(const std::string& key) {
  return key == "port" || key == "targetPort" || key == "containerPort" || key == "ingress";
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
  const auto count = manifest_count();
  std::uint64_t refused = 0;
  for (std::uint64_t seed = 0; seed < count; ++seed) {
    const auto manifest = random_manifest(seed);
    const std::string& text = manifest.text;
    CAPTURE(seed);
    CAPTURE(text);
    if (is_refused_rightly(text)) {
      ++refused;
      continue;
    }
    const auto once = injected(text, plain());
    CHECK((once == text) == (manifest.workloads == 0));
    if (!manifest.has_flow) {
      REQUIRE(is_subsequence(lines_of(text), lines_of(once)));
    }
    check_trees(text, once);
    REQUIRE(injected(once, plain()) == once);
    const auto with_other = injected(text, other());
    REQUIRE(injected(once, other()) == with_other);
    REQUIRE(injected(with_other, plain()) == once);
    const auto back = uninject_manifests({{"f", once}});
    REQUIRE_MESSAGE(!back.is_refused(), said(back));
    REQUIRE(back.texts.at(0) == text);
  }
  CHECK(refused < count / 10);
}

TEST_CASE("a cut manifest is injected rightly or refused, never half") {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
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
