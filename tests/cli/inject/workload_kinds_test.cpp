#include <doctest/doctest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <string>

#include "cli/inject/manifests.h"
#include "tests/cli/inject/container_only.h"

// Which kinds of which API groups get the sidecar, and where; docs/inject.md has the same table.

namespace meshctl::inject {
namespace {

Outcome inject(const std::string& text) {
  return inject_manifests({{"f", text}}, container_only());
}

/// An object that has a pod spec wherever any kind has one.
std::string object(const std::string& api_version, const std::string& kind) {
  const std::string spec = "{containers: [{name: a}]}";
  const std::string pods = "{spec: " + spec + "}";
  return "apiVersion: " + api_version + "\nkind: " + kind +
         "\nmetadata: {name: x}\ntemplate: " + pods +
         "\nspec: {containers: [{name: a}], template: " + pods +
         ", jobTemplate: {spec: {template: " + pods + "}}}\n";
}

/// The kinds of docs/inject.md, each with its API groups, the core group as "v1".
const std::map<std::string, std::set<std::string>>& workload_kinds() {
  static const std::map<std::string, std::set<std::string>> kKinds{
      {"Pod", {"v1"}},
      {"PodTemplate", {"v1"}},
      {"ReplicationController", {"v1"}},
      {"Deployment", {"apps", "extensions"}},
      {"DaemonSet", {"apps", "extensions"}},
      {"ReplicaSet", {"apps", "extensions"}},
      {"StatefulSet", {"apps"}},
      {"Job", {"batch", "extensions"}},
      {"CronJob", {"batch"}},
      {"DeploymentConfig", {"apps.openshift.io", "v1"}},
      {"Rollout", {"argoproj.io"}},
  };
  return kKinds;
}

TEST_CASE("each kind of workload is one in its API groups, whatever the version, and in no other") {
  std::set<std::string> groups{"example.com", "serving.knative.dev"};
  for (const auto& [kind, own] : workload_kinds()) groups.insert(own.begin(), own.end());
  auto kinds = workload_kinds();
  kinds.insert({{"Service", {}}, {"ConfigMap", {}}, {"Podtemplates", {}}});
  for (const auto& each : kinds) {
    const std::string& kind = each.first;
    const std::set<std::string>& own = each.second;
    for (const std::string& group : groups) {
      for (const auto* version : {"v1", "v1beta1"}) {
        const bool is_core = group == "v1";
        CAPTURE(kind);
        CAPTURE(group);
        const auto text = object(is_core ? group : group + "/" + version, kind);
        const auto outcome = inject(text);
        CHECK_FALSE(outcome.is_refused());
        CHECK(outcome.reports.size() == own.count(group));
        CHECK((outcome.texts.at(0) == text) == !own.contains(group));
      }
    }
  }
}

TEST_CASE("the pod of a kind is where the API has it") {
  const auto behind = [](const std::string& kind, const std::string& group) {
    const auto text = inject(object(group == "v1" ? group : group + "/v1", kind)).texts.at(0);
    const auto sidecar = text.find("\"telemetry\"");
    const auto line = text.rfind('\n', sidecar) + 1;
    const auto way = text.substr(line, sidecar - line);
    return way.substr(0, way.find(':')) +
           (way.find("jobTemplate") == way.npos ? "" : " jobTemplate") +
           (way.find("template") == way.npos ? "" : " template");
  };
  CHECK(behind("Pod", "v1") == "spec");
  CHECK(behind("PodTemplate", "v1") == "template template");
  CHECK(behind("CronJob", "batch") == "spec jobTemplate template");
  for (const auto& each : workload_kinds()) {
    const std::string& kind = each.first;
    const std::set<std::string>& groups = each.second;
    if (kind == "Pod" || kind == "PodTemplate" || kind == "CronJob") continue;
    CAPTURE(kind);
    CHECK(behind(kind, *groups.begin()) == "spec template");
  }
}

TEST_CASE("the page lists the kinds and their API groups, and no other") {
  std::ifstream page(std::string(MESHCTL_SOURCE_DIR) + "/docs/inject.md");
  std::map<std::string, std::set<std::string>> listed;
  bool is_table = false;
  for (std::string line; std::getline(page, line);) {
    is_table = line.starts_with("| kind | API group |") || (is_table && line.starts_with("|"));
    if (!is_table || line.find('`') == std::string::npos) continue;
    const auto end = line.find(" |", 2);
    std::set<std::string> groups;
    const auto cell = line.substr(end + 2, line.find_first_of(";|", end + 2) - end - 2);
    for (auto at = cell.find('`'); at != cell.npos;
         at = cell.find('`', cell.find('`', at + 1) + 1)) {
      groups.insert(cell.substr(at + 1, cell.find('`', at + 1) - at - 1));
    }
    std::istringstream kinds(line.substr(2, end - 2));
    for (std::string kind; std::getline(kinds >> std::ws, kind, ',');) listed[kind] = groups;
  }
  CHECK(listed == workload_kinds());
}

}  // namespace
}  // namespace meshctl::inject
