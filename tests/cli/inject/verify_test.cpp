#include "cli/inject/verify.h"

#include <doctest/doctest.h>

#include "cli/inject/manifest_file.h"
#include "cli/inject/pointer.h"
#include "cli/inject/scalar_value.h"

namespace meshctl::inject {
namespace {

Document parse(const SourceText& source) {
  Diagnostics problems;
  auto document = parse_document(source, split_documents(source, problems).at(0));
  REQUIRE(document);
  return std::move(**document);
}

TEST_CASE("the self-check lets through what was planned and nothing else") {
  const SourceText source("f", "a:\n  b: c\nl:\n- name: x\n");
  const auto before = parse(source);
  EditPlan plan(source, before.root());
  REQUIRE(
      plan.gain(*follow(before.root(), "/a").back(), Value::map({{"k", Value::text("on")}}), ""));
  REQUIRE(plan.gain(
      *follow(before.root(), "/l").back(),
      Value::list({Value::map(
          {{"name", Value::text("t")}, {"n", Value::number(1)}, {"f", Value::boolean(true)}})}),
      ""));
  struct Row {
    std::string name;
    std::string text;
    std::optional<std::string> want;
  };
  const Row rows[] = {
      {"as planned", "a:\n  b: c\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n", {}},
      {"a value changed", "a:\n  b: d\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n",
       "/a/b"},
      {"quotes changed", "a:\n  b: 'c'\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n",
       "/a/b"},
      {"a key changed", "a:\n  B: c\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n",
       "/a/b"},
      {"an addition is missing", "a:\n  b: c\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n", "/a"},
      {"an addition lost its quotes",
       "a:\n  b: c\n  k: on\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n", "/a"},
      {"a number became text",
       "a:\n  b: c\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: '1'\n  f: true\n", "/l"},
      {"a boolean changed", "a:\n  b: c\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: false\n",
       "/l"},
      {"one too many", "a:\n  b: c\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\nz: 1\n",
       ""},
      {"another order", "l:\n- name: x\n- name: t\n  n: 1\n  f: true\na:\n  b: c\n  k: 'on'\n",
       "/a"},
      {"another style", "a: {b: c, k: 'on'}\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n", "/a"},
      {"a tag", "a:\n  b: !!str c\n  k: 'on'\nl:\n- name: x\n- name: t\n  n: 1\n  f: true\n",
       "/a/b"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const SourceText after("f", row.text);
    CHECK(difference(before.root(), parse(after).root(), std::span<const EditPlan>(&plan, 1)) ==
          row.want);
  }
}

TEST_CASE("what does not pass the self-check is our bug, and comes to nothing") {
  Diagnostics problems;
  const auto read = [&] {
    return ManifestFile::read(
        std::make_shared<const SourceText>("f", "apiVersion: v1\nkind: A\nm: {a: b}\n"), problems);
  };
  const auto file = read();
  const auto same_text = read();
  REQUIRE(problems.empty());
  const auto said_with_plan_of = [&](const ManifestFile& planned) {
    const Node& root = planned.documents[0].root();
    EditPlan plan(*planned.source, root);
    REQUIRE(plan.gain(*follow(root, "/m").back(), Value::map({{"k", Value::text("v")}}), ""));
    problems.clear();
    CHECK_FALSE(carry_out(file, std::vector<DocumentPlans<EditPlan>>{{0, {plan}}}, problems));
    REQUIRE(problems.size() == 1);
    return render(problems[0]);
  };
  const auto bug = [](const std::string& what) {
    return "meshctl: error: f: the result did not pass its own check (" + what +
           "), so nothing was written; this is a bug in meshctl; please report it with the "
           "manifest\n";
  };
  // The plan of another file is not one for this file's nodes.
  CHECK(said_with_plan_of(same_text) == bug("/m differs"));
  // No state tells of what was added here.
  CHECK(said_with_plan_of(file) == bug("not reversible"));
}

TEST_CASE("the self-check of uninject wants the rest to be the same") {
  const auto before = parse(SourceText("f", "a:\n  x: 1\nb: c\nl:\n- name: t\n- name: u\n"));
  Removal removal;
  const auto node = [&](const char* pointer) { return follow(before.root(), pointer).back(); };
  removal.gone = {node("/a/x"), node("/l/#0")};
  const auto check = [&](const std::string& text) {
    return difference(before.root(), parse(SourceText("f", text)).root(),
                      std::span<const Removal>(&removal, 1));
  };
  CHECK(check("a:\nb: c\nl:\n- name: u\n") == std::nullopt);
  CHECK(check("a:\nb: d\nl:\n- name: u\n") == "/b");
  CHECK(check("a:\nb: c\nl:\n- name: t\n") == "/l/#1/name");
  CHECK(check("a:\nb: c\nl:\n- name: u\nz: 1\n") == "");
  CHECK(check("a: 1\nb: c\nl:\n- name: u\n") == "/a");
  removal.restored[node("/a")] = *parse_scalar("1");
  CHECK(check("a: 1\nb: c\nl:\n- name: u\n") == std::nullopt);
  CHECK(check("a: 2\nb: c\nl:\n- name: u\n") == "/a");
}

}  // namespace
}  // namespace meshctl::inject
