#include "cli/inject/pod_spec_path.h"

#include <doctest/doctest.h>

#include "cli/inject/document.h"

namespace meshctl::inject {
namespace {

TEST_CASE("a path names a kind, perhaps its group, and the keys down to the pod spec") {
  const auto plain = parse_pod_spec_path("SparkJob=spec.template.spec");
  REQUIRE(plain);
  CHECK(plain->kind == "SparkJob");
  CHECK_FALSE(plain->group);
  CHECK(plain->pod_pointer == "/spec/template");
  CHECK(plain->spec_key == "spec");
  const auto grouped = parse_pod_spec_path("Service.serving.knative.dev=spec.podSpec");
  REQUIRE(grouped);
  CHECK(grouped->kind == "Service");
  CHECK(grouped->group == "serving.knative.dev");
  CHECK(grouped->pod_pointer == "/spec");
  CHECK(grouped->spec_key == "podSpec");
  const auto short_one = parse_pod_spec_path("X=spec");
  REQUIRE(short_one);
  CHECK(short_one->pod_pointer.empty());
}

TEST_CASE("a path that leads nowhere says why") {
  struct Row {
    const char* text;
    const char* problem;
    const char* hint;
  };
  constexpr auto* kForm = "write it as SparkJob=spec.template.spec";
  constexpr auto* kKind = "write it as SparkJob or SparkJob.example.com";
  const Row rows[] = {
      {"", "'' has no path", kForm},
      {"SparkJob", "'SparkJob' has no path", kForm},
      {"=spec", "'' is not a kind", kKind},
      {".g=spec", "'.g' is not a kind", kKind},
      {"K.=spec", "'K.' is not a kind", kKind},
      {"g/v1=spec", "'g/v1' is not a kind", kKind},
      {"K=", "the path of 'K=' has an empty key", kForm},
      {"K=spec..spec", "the path of 'K=spec..spec' has an empty key", kForm},
      {"K=.spec", "the path of 'K=.spec' has an empty key", kForm},
      {"K=spec.tasks[0].spec", "'tasks[0]' is not a key on the way to a pod spec",
       "keys with dots between them; the way cannot lead through a list"},
      {"K=/spec/spec", "'/spec/spec' is not a key on the way to a pod spec",
       "keys with dots between them; the way cannot lead through a list"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto path = parse_pod_spec_path(row.text);
    REQUIRE_FALSE(path);
    CHECK(path.error().problem == row.problem);
    CHECK(path.error().hint == row.hint);
  }
}

TEST_CASE("what looks like a pod spec is found, and nothing else") {
  const auto found = [](const std::string& text) {
    const SourceText source("f", text);
    const auto document = parse_document(source, {0, source.bytes().size()});
    REQUIRE(document);
    REQUIRE(*document);
    return find_pod_spec((*document)->root()).value_or("");
  };
  const std::string pods = "{containers: [{name: a, image: b}]}";
  CHECK(found("kind: X\nspec: {a: 1, template: {metadata: {}, spec: " + pods + "}}\n") ==
        "spec.template.spec");
  CHECK(found("kind: X\nspec: {driver: " + pods + ", executor: " + pods + "}\n") == "spec.driver");
  CHECK(found("kind: X\ntemplate: " + pods + "\n") == "template");
  CHECK(found("kind: X\nspec: {containers: [{name: a}]}\n").empty());
  CHECK(found("kind: X\nspec: {containers: [{image: a}, {name: b}]}\n").empty());
  CHECK(found("kind: X\nspec: {containers: {image: a}}\n").empty());
  CHECK(found("kind: X\nspec: {containers: []}\n").empty());
  CHECK(found("kind: X\nspec: [{spec: " + pods + "}]\n").empty());
  CHECK(found("kind: X\nstatus: {spec: " + pods + "}\n").empty());
  CHECK(found("kind: X\nspec: {a.b: " + pods + "}\n").empty());
  CHECK(found("kind: CustomResourceDefinition\nspec: {example: " + pods + "}\n").empty());
  CHECK(found("kind: ConfigMap\ndata: {x: \"spec: " + pods + "\"}\n").empty());
  CHECK(found("[1]\n").empty());
}

}  // namespace
}  // namespace meshctl::inject
