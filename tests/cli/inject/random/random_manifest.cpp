#include "tests/cli/inject/random/random_manifest.h"

#include <array>
#include <string_view>
#include <vector>

#include "tests/cli/inject/random/random_bystander.h"
#include "tests/cli/inject/random/random_flow.h"
#include "tests/cli/inject/random/random_json.h"
#include "tests/cli/inject/random/random_traffic.h"
#include "tests/cli/inject/random/random_workload.h"
#include "tests/cli/inject/random/random_yaml.h"

namespace meshctl::inject {
namespace {

Draft random_object(Cast& cast) {
  switch (cast.pick(8)) {
    case 0: return random_bystander(cast);
    case 1: return random_service(cast);
    case 2: return cast.one_in(2) ? random_route(cast) : random_network_policy(cast);
    default: return random_workload(cast, cast.one_in(2));
  }
}

/// A workload, and what leads to it.
std::vector<Draft> application(Cast& cast) {
  std::vector<Draft> objects{random_workload(cast, true)};
  const bool is_shared = cast.one_in(5);
  if (is_shared) objects.push_back(random_workload(cast, true));
  // A Service that goes by name may lead to another number in each pod, which a Route cannot
  // follow.
  cast.by_name = is_shared && cast.one_in(2);
  objects.push_back(random_service(cast));
  cast.by_name = false;
  if (is_shared || cast.one_in(3)) objects.push_back(random_route(cast));
  if (cast.one_in(3)) objects.push_back(random_network_policy(cast));
  if (cast.one_in(2)) std::swap(objects.front(), objects.back());
  return objects;
}

std::vector<Draft> random_objects(Cast& cast) {
  if (cast.one_in(2)) return application(cast);
  std::vector<Draft> objects;
  for (auto count = 1 + cast.pick(3); count > 0; --count) objects.push_back(random_object(cast));
  return objects;
}

/// The objects as those of one list.
Draft random_list(Cast& cast) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kLists{{
      {"v1", "List"},
      {"apps/v1", "DeploymentList"},
      {"template.openshift.io/v1", "Template"},
      {"config.kubernetes.io/v1", "ResourceList"},
  }};
  const auto& [api_version, kind] = cast.random.of(kLists);
  cast.is_template = kind == "Template";
  Draft list = Draft::map({{"apiVersion", Draft::word(api_version)}, {"kind", Draft::word(kind)}});
  list.add(cast.is_template ? "objects" : "items", Draft::list(random_objects(cast)));
  if (cast.is_template || cast.one_in(3)) {
    list.add("metadata", Draft::map({{"name", Draft::word("all")}}));
  }
  if (cast.is_template) {
    list.add("parameters", Draft::list({Draft::map(
                               {{"name", Draft::word("PORT")}, {"value", Draft::word("14001")}})}));
  }
  cast.is_template = false;
  return stirred(cast, std::move(list));
}

std::vector<Draft> random_documents(Cast& cast) {
  if (cast.one_in(4)) return {random_list(cast)};
  auto documents = random_objects(cast);
  if (cast.one_in(6)) documents.push_back(random_list(cast));
  return documents;
}

/// The marker before a document; the first needs none.
void separate(RandomSource& random, RandomYaml& yaml, bool is_first) {
  if (is_first && !random.one_in(3)) return;
  if (!is_first && random.one_in(12)) yaml.line("...");
  if (random.one_in(15)) {  // a document of nothing
    yaml.line("---");
    if (random.one_in(2)) yaml.comment_line(0);
  }
  yaml.line(random.one_in(6) ? "--- # next" : "---");
}

std::string as_yaml(RandomSource& random, const std::vector<Draft>& documents) {
  RandomYaml yaml(random);
  bool is_first = true;
  for (const Draft& document : documents) {
    // A file that begins with `{` is JSON.
    const bool is_flow = !is_first && has_flow(document) && random.one_in(20);
    separate(random, yaml, is_first);
    is_flow ? yaml.flow_document(document) : yaml.block_document(document);
    is_first = false;
  }
  if (random.one_in(8)) yaml.line(random.one_in(2) ? "..." : "---");
  if (random.one_in(8)) yaml.comment_line(random.pick(4));
  auto text = yaml.text();
  // Only a block scalar's last line may not lose its newline, see insertion.h.
  if (random.one_in(4) && !yaml.ends_in_scalar()) text.pop_back();
  return (random.one_in(12) ? "\xEF\xBB\xBF" : "") + text;
}

/// Every line end as CRLF, or now and then only some.
std::string with_crlf(RandomSource& random, const std::string& text) {
  const bool is_mixed = random.one_in(6);
  std::string out;
  for (const char c : text) {
    if (c == '\n' && !(is_mixed && random.one_in(2))) out += '\r';
    out += c;
  }
  return out;
}

}  // namespace

RandomManifest random_manifest(std::uint64_t seed) {
  RandomSource random(seed * 0x9E3779B97F4A7C15U + 1);
  Cast cast{random};
  cast.is_json = random.one_in(8);
  const auto documents = random_documents(cast);
  auto text = cast.is_json ? random_json(random, documents) : as_yaml(random, documents);
  if (random.one_in(5)) text = with_crlf(random, text);
  return {text, cast.workloads};
}

}  // namespace meshctl::inject
