#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// docs/inject.md names what is refused. Each of its words has a golden case that shows the whole
// message; this table is the index from the one to the other.

namespace meshctl::inject {
namespace {

namespace fs = std::filesystem;

struct Refusal {
  std::string words;  ///< as in docs/inject.md
  std::vector<std::string> cases;
};

const std::vector<Refusal>& refusals() {
  static const std::vector<Refusal> kRefusals{
      {"YAML that does not parse",
       {"second-colon", "reserved-at", "reserved-backtick", "reserved-percent", "list-behind-key",
        "unknown-alias", "unknown-escape", "bare-anchor", "text-behind-bar", "list-then-key",
        "stray-bracket", "wrong-bracket", "missing-comma", "text-behind-quote"}},
      {"an item or a key beside its siblings",
       {"article-mis-indented", "right-of-siblings", "key-left-of-siblings",
        "key-right-of-siblings"}},
      {"a quote or a bracket that is never closed",
       {"open-quote", "late-quote", "crlf-open-quote", "open-bracket", "open-brace"}},
      {"a missing colon, or a space missing behind it",
       {"missing-colon", "missing-key", "key-at-the-end", "no-space-behind-colon",
        "no-space-behind-dash"}},
      {"templates that were not rendered",
       {"template-line", "template-value", "template-item", "template-jinja"}},
      {"merge conflicts", {"merge-conflict"}},
      {"text that is no manifest", {"html", "error-message"}},
      {"broken JSON",
       {"json-trailing-comma", "json-comment", "json-single-quotes", "json-missing-comma",
        "json-open", "json-string-open", "json-tab-in-string", "json-flow-yaml"}},
      {"anything but white space between JSON values",
       {"json-marker", "json-then-yaml", "json-comma-between", "json-behind-json-in-yaml"}},
      {"tabs as indentation", {"tab", "tab-only-line"}},
      {"also behind a dash", {"tab-behind-dash"}},
      {"lone carriage returns", {"lone-cr"}},
      {"UTF-16 and UTF-32", {"utf-16", "utf-16-no-bom", "utf-32"}},
      {"gzip", {"gzip"}},
      {"NUL and other control characters", {"nul", "control-character", "c1-control"}},
      {"Unicode line breaks", {"line-separator-comment", "line-separator-block"}},
      {"a byte order mark inside the text", {"bom-in-the-middle"}},
      {"`%` directives", {"directive", "directive-in-the-middle"}},
      {"content behind `---`", {"content-behind-marker"}},
      {"`----`", {"four-dashes"}},
      {"a document after a bare `...`", {"bare-end", "behind-end-marker", "end-marker-first"}},
      {"keys that are mappings", {"complex-key"}},
      {"tags with a handle", {"undeclared-tag"}},
      {"duplicate keys", {"duplicate-key", "duplicate-key-in-container", "duplicate-annotations"}},
      {"aliases", {"alias-spec"}},
      {"anchors used elsewhere",
       {"shared-anchor", "list-alias-item", "traffic-shared-port", "anchored-null"}},
      {"merge keys", {"merge-key"}},
      {"bytes that are not UTF-8 in what has to be edited", {"latin-1-to-keep"}},
      {"a `meshctl.dev/` annotation with a value that its option would not take",
       {"bad-annotation", "bad-opt-out"}},
      {"a state annotation that does not fit its object", {"broken-state", "misfit-state"}},
      {"pods on the host's network", {"host-network"}},
      {"a container of another origin named `telemetry`", {"name-taken"}},
      {"two containers of one name", {"two-containers-of-a-name"}},
      {"two ports of one name in a container", {"port-name-twice"}},
      {"a workload without containers",
       {"no-containers", "empty-containers", "patch", "containers-not-a-list"}},
      {"a Service or Route that cannot lead to all of its pods' proxies by one number",
       {"traffic-mixed", "traffic-two-ports", "traffic-route-disagrees", "traffic-route-divided"}},
      {"an object without `kind` or `apiVersion`", {"no-api-version", "list-item-without-kind"}},
      {"`--emit` of a list", {"emit-list"}},
      {"a block scalar as the very last thing", {"scalar-at-end"}},
      {"nesting beyond 500", {"too-deep"}},
      {"aliases that expand to a million nodes", {"alias-bomb", "self-alias"}},
  };
  return kRefusals;
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const fs::path kRoot = MESHCTL_SOURCE_DIR;

TEST_CASE("every refusal of the text that the manual names has a golden case, and the other way") {
  const auto manual = read(kRoot / "docs" / "inject.md");
  const auto begin = manual.find("## What it refuses");
  REQUIRE(begin != std::string::npos);
  const auto section = manual.substr(begin);
  for (const Refusal& refusal : refusals()) {
    CAPTURE(refusal.words);
    CHECK(section.find(refusal.words) != std::string::npos);
    for (const std::string& name : refusal.cases) {
      CAPTURE(name);
      const auto folder = kRoot / "tests" / "golden" / name;
      CHECK(read(folder / "stderr").find("meshctl: error: in.yaml") != std::string::npos);
      CHECK_FALSE(fs::exists(folder / "out.yaml"));
    }
  }
}

}  // namespace
}  // namespace meshctl::inject
