#include "cli/inject/state.h"

#include <doctest/doctest.h>

#include "cli/inject/manifests.h"
#include "cli/inject/yaml_writer.h"

namespace meshctl::inject {
namespace {

TEST_CASE("a state reads back as it was written") {
  struct Row {
    State state;
    const char* text;
  };
  const Row rows[] = {
      {{"0.1.0",
        {"/spec/containers/telemetry", "/metadata/annotations",
         "/metadata/annotations/kubectl.kubernetes.io~1default-container",
         "/metadata/annotations/prometheus.io~1scrape", "/metadata/annotations/prometheus.io~1port",
         "/metadata/annotations/prometheus.io~1path"},
        {},
        {},
        {}},
       "0.1.0 C A Ad As Ap Ah"},
      {{"0.1.0",
        {"/spec/jobTemplate/spec/template/spec/containers/telemetry",
         "/spec/jobTemplate/spec/template/metadata"},
        {},
        {},
        {}},
       "0.1.0 JTC JTM"},
      {{"1.2.3", {"/a", "/metadatax", "/spec/template/b~1c"}, {}, {}, {}},
       "1.2.3 /a /metadatax /spec/template/b~1c"},
      {{"1.2.3", {"/metadata"}, {{"/a", "~"}, {"/d", ""}}, {}, {}},
       R"(1.2.3 M {"/a":"~","/d":""})"},
      {{"1.2.3",
        {},
        {},
        {{"/a/#0/targetPort", {"\"80\"", "14001"}}, {"/b", {std::nullopt, "1"}}},
        {}},
       R"(1.2.3 {"/a/#0/targetPort":["\"80\"","14001"],"/b":[null,"1"]})"},
      {{"1.2.3",
        {},
        {},
        {},
        {{"/a/#0/name", {"name: http\n  ", "containerPort", true}},
         {"/a/#1/name", {", name: b", "containerPort", false}}}},
       R"(1.2.3 {"/a/#0/name":{"before":"containerPort","text":"name: http\n  "},)"
       R"("/a/#1/name":{"after":"containerPort","text":", name: b"}})"},
      {{"1.2.3", {}, {}, {}, {}}, "1.2.3"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(write_state(row.state) == row.text);
    const auto got = read_state(row.text);
    REQUIRE(got);
    CHECK(*got == row.state);
  }
}

TEST_CASE("what is no state of ours is not acted on") {
  for (const char* text :
       {"", "true", "{}", "[]", " 1", R"({"version":"1","added":[]})", R"(1 C {"/a":1})",
        R"(1 {"/a":[1,"2"]})", R"(1 {"/a":["1",null]})", "1 C {", "1 C {]"}) {
    CAPTURE(text);
    CHECK(read_state(text).error() == StateError::NotOurs);
  }
  for (const char* text : {"1 /", "1 spec", "1 C  A", "1 Cx", "1 C ", R"(1 C {"spec":"x"})"}) {
    CAPTURE(text);
    CHECK(read_state(text).error() == StateError::BadPointers);
  }
}

std::string uninjected(const std::string& text) {
  const auto outcome = uninject_manifests({{"f", text}});
  REQUIRE_FALSE(outcome.is_refused());
  return outcome.texts.at(0);
}

TEST_CASE("uninject goes by name, so order and style may have changed meanwhile") {
  CHECK(uninjected(
            "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n"
            "    a: b\n"
            "    meshctl.dev/injected: 1 C A /metadata/annotations/c /metadata/annotations/gone\n"
            "    c: d\n"
            "spec:\n  containers:\n  - image: x\n    name: telemetry # mine\n"
            "  - image: y\n    name: app\n") ==
        "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: b\n"
        "spec:\n  containers: # mine\n  - image: y\n    name: app\n");
}

TEST_CASE("an added mapping stays as long as others use it, and goes when it is empty") {
  const std::string head = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n";
  const std::string state = "    meshctl.dev/injected: 1 A\n";
  CHECK(uninjected(head + "  annotations:\n" + state) == head);
  CHECK(uninjected(head + "  annotations:\n    a: b\n" + state) ==
        head + "  annotations:\n    a: b\n");
}

TEST_CASE("a null that we filled is null again, also where a cluster made a block of it") {
  const std::string head = "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: b\n";
  const std::string state = "    meshctl.dev/injected: 1 I {\"/spec/initContainers\":\"null\"}\n";
  const std::string list = "spec:\n  initContainers:";
  CHECK(uninjected(head + state + list + "\n  - name: telemetry\n") == head + list + "\n");
  CHECK(uninjected(head + state + list + " # c\n    - name: telemetry\n  x: y\n") ==
        head + list + " # c\n  x: y\n");
  CHECK(uninjected(head + state + list + " [{name: telemetry}]\n") == head + list + " null\n");
}

TEST_CASE("JSON gets JSON back, whatever the manifest was written in") {
  const auto service = [](const std::string& annotations, const std::string& target) {
    return R"({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "s")" + annotations +
           R"(}, "spec": {"ports": [{"port": 1, "targetPort": )" + target + "}]}}\n";
  };
  struct Row {
    const char* written;
    const char* restored;
  };
  const Row rows[] = {
      {"017620", "8080"},     {"0x1f90", "8080"},
      {"8080.0", "8080.0"},   {"+0", "0"},
      {"~", "null"},          {"http", "\"http\""},
      {"'http'", "\"http\""}, {R"("h\u0074tp")", R"("h\u0074tp")"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.written);
    State state{"1", {"/metadata/annotations"}, {}, {}, {}};
    state.rewritten["/spec/ports/@1/targetPort"] = {row.written, "14001"};
    const auto annotation = flow(Value::text(write_state(state)));
    const auto live =
        service(R"(, "annotations": {"meshctl.dev/injected": )" + annotation + "}", "14001");
    CHECK(uninjected(live) == service("", row.restored));
  }
}

TEST_CASE("flow members go with their comma, whichever of them are ours") {
  const auto pod = [](const std::string& annotations) {
    return "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"annotations\": {" +
           annotations + "}}}\n";
  };
  const std::string state = R"("meshctl.dev/injected": "1 /metadata/annotations/x")";
  CHECK(uninjected(pod(state + ", \"x\": \"1\"")) == pod(""));
  CHECK(uninjected(pod(state + ", \"x\": \"1\", \"a\": \"b\"")) == pod("\"a\": \"b\""));
  CHECK(uninjected(pod("\"a\": \"b\", " + state + ", \"c\": \"d\", \"x\": \"1\" ")) ==
        pod("\"a\": \"b\", \"c\": \"d\" "));
}

TEST_CASE("a state that does not fit its object is an error at the annotation") {
  struct Row {
    const char* name;
    const char* state;
  };
  const Row rows[] = {
      {"puts back beside what goes", R"(1 /spec/y {"/spec/x":{"before":"y","text":"x: 1\n  "}})"},
      {"a text of two lines", R"(1 {"/metadata/name":["p\nq","p"]})"},
      {"hides what stands behind it", R"(1 {"/spec/x":{"before":"y","text":"x: 1\n  # "}})"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto outcome = uninject_manifests(
        {{"f",
          "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  annotations:\n    a: b\n"
          "    meshctl.dev/injected: '" +
              std::string(row.state) +
              "'\nspec:\n  y: 1\n  containers:\n  - name: app\n  - name: telemetry\n"}});
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].place == Place{7, 27});
    CHECK(outcome.problems[0].problem ==
          "what this annotation names cannot be taken out of the object as it is now");
    CHECK(outcome.problems[0].hint ==
          "restore the object as it was injected, or take out the container `telemetry` and this "
          "line");
  }
}

TEST_CASE("of many objects the one whose state does not fit is named") {
  const auto pod = [](const std::string& state) {
    return "apiVersion: v1\nkind: Pod\nmetadata:\n  annotations:\n    a: b\n"
           "    meshctl.dev/injected: '" +
           state + "'\nspec:\n  y: 1\n  z: 2\n---\n";
  };
  const std::string bad = R"(1 /spec/y {"/spec/x":{"before":"y","text":"x: 1\n  "}})";
  for (std::size_t wrong = 0; wrong < 5; ++wrong) {
    std::string text;
    for (std::size_t i = 0; i < 5; ++i) text += pod(i == wrong ? bad : "1 /spec/y");
    const auto outcome = uninject_manifests({{"f", text}});
    REQUIRE(outcome.problems.size() == 1);
    CHECK(outcome.problems[0].place.line == 10 * wrong + 6);
  }
}

/// An object whose state is the JSON `state`.
std::string with_state(const std::string& state, const std::string& spec) {
  return "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    a: b\n"
         "    meshctl.dev/injected: '1 " +
         state + "'\nspec:\n" + spec;
}

std::string without_state(const std::string& spec) {
  return "apiVersion: v1\nkind: Service\nmetadata:\n  annotations:\n    a: b\nspec:\n" + spec;
}

TEST_CASE("ports are found by number, so that others may have been added or moved") {
  const std::string state =
      R"({"/spec/ports/@80/targetPort":["8080","14001"],"/spec/ports/@90/targetPort":[null,"14002"]})";
  CHECK(uninjected(with_state(state,
                              "  ports:\n  - {port: 70}\n  - {port: 90, targetPort: 14002}\n"
                              "  - {port: 80, protocol: UDP, targetPort: 14001}\n"
                              "  - {port: 80, protocol: TCP, targetPort: 14001}\n")) ==
        without_state("  ports:\n  - {port: 70}\n  - {port: 90}\n"
                      "  - {port: 80, protocol: UDP, targetPort: 14001}\n"
                      "  - {port: 80, protocol: TCP, targetPort: 8080}\n"));
}

TEST_CASE("the state of a template is right once more when the template was processed") {
  const auto spec = [](const std::string& port, const std::string& probe, const std::string& name) {
    return "  containers:\n  - name: web\n    livenessProbe: {httpGet: {port: " + probe +
           "}}\n    ports: [{" + name + "containerPort: " + port + "}]\n";
  };
  const auto state = [](const std::string& port) {
    return R"({"/spec/containers/web/livenessProbe/httpGet/port":["http",")" + port +
           R"("],"/spec/containers/web/ports/@)" + port +
           R"(/name":{"before":"containerPort","text":"name: http, "}})";
  };
  CHECK(uninjected(with_state(state("8080"), spec("8080", "8080", ""))) ==
        without_state(spec("8080", "http", "name: http, ")));
  CHECK(uninjected(with_state(state("${PORT}"), spec("\"${{PORT}}\"", "\"${{PORT}}\"", ""))) ==
        without_state(spec("\"${{PORT}}\"", "http", "name: http, ")));
}

TEST_CASE("what others changed since stays, and is told") {
  struct Row {
    const char* name;
    const char* state;
    const char* spec;
    Place place;
    const char* problem;
  };
  const Row rows[] = {
      {"a scalar of ours",
       R"({"/spec/ports/@90/targetPort":[null,"14002"]})",
       "  ports: [{port: 90, targetPort: 9090}]\n",
       {8, 34},
       "this was changed since, so it is left as it is"},
      {"a scalar in place of another",
       R"({"/spec/ports/@90/targetPort":["1","14002"]})",
       "  ports: [{port: 90, targetPort: 9090}]\n",
       {8, 34},
       "this was changed since, so it is left as it is"},
      {"a port that is gone",
       R"({"/spec/ports/@80/targetPort":["8080","14001"]})",
       "  ports: [{port: 81, targetPort: 14001}]\n",
       {6, 27},
       "what was changed at /spec/ports/@80/targetPort is not there any more"},
      {"a sidecar that is gone",
       "C I i /metadata/annotations/x",
       "  containers: [{name: app}]\n",
       {6, 27},
       "what was changed at /spec/containers/telemetry is not there any more"},
      {"a name that is there again",
       R"({"/spec/ports/@80/name":{"before":"port","text":"name: http, "}})",
       "  ports: [{name: web, port: 80}]\n",
       {8, 11},
       "this has got a `name` since, so it is left as it is"},
      {"a parameter outside its template",
       R"({"/spec/ports/@80/targetPort":["${{PORT}}","14001"]})",
       "  ports: [{port: 80, targetPort: 14001}]\n",
       {8, 34},
       "this was ${{PORT}}, and is no template any more"},
      {"an entry outside its template",
       R"({"/spec/ports/@80/name":{"before":"port","text":"name: ${{NAME}}, "}})",
       "  ports: [{port: 80}]\n",
       {8, 11},
       "this had a `name` by a template's parameter, and is no template any more"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto outcome = uninject_manifests({{"f", with_state(row.state, row.spec)}});
    REQUIRE_FALSE(outcome.is_refused());
    CHECK(outcome.texts.at(0) == without_state(row.spec));
    REQUIRE(outcome.problems.size() >= 1);
    CHECK(outcome.problems[0].severity == Severity::Warning);
    CHECK(outcome.problems[0].place == row.place);
    CHECK(outcome.problems[0].problem == row.problem);
    CHECK(outcome.problems[0].hint ==
          "compare it with the manifest as it was before `meshctl inject`");
  }
}

TEST_CASE("a probe gets no name back that its port has lost") {
  const std::string state =
      R"({"/spec/containers/web/ports/@80/name":{"before":"containerPort","text":"name: http, "},)"
      R"("/spec/containers/web/livenessProbe/httpGet/port":["http","80"]})";
  const auto spec = [](const std::string& name, const std::string& port) {
    return "  containers:\n  - name: web\n    livenessProbe: {httpGet: {port: " + port +
           "}}\n    ports: [{" + name + "containerPort: 80}]\n";
  };
  CHECK(uninjected(with_state(state, spec("", "80"))) ==
        without_state(spec("name: http, ", "http")));
  const auto changed = uninject_manifests({{"f", with_state(state, spec("name: web, ", "80"))}});
  CHECK(changed.texts.at(0) == without_state(spec("name: web, ", "80")));
  REQUIRE(changed.problems.size() == 2);
  CHECK(changed.problems[0].problem == "this was `http`, which is no port's name any more");
  CHECK(changed.problems[1].problem == "this has got a `name` since, so it is left as it is");
}

TEST_CASE("an object that an alias repeats is restored once") {
  const std::string head =
      "apiVersion: v1\nkind: List\nitems:\n- &a\n  apiVersion: v1\n"
      "  kind: Pod\n  metadata:\n    annotations:\n      a: b";
  CHECK(uninjected(head + "\n      meshctl.dev/injected: 1 A\n- *a\n") == head + "\n- *a\n");
}

}  // namespace
}  // namespace meshctl::inject
