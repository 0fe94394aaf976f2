#include "cli/inject/insertion.h"

#include <doctest/doctest.h>

#include "cli/inject/edit_plan.h"
#include "cli/inject/pointer.h"

namespace meshctl::inject {
namespace {

const Value kEntries = Value::map({{"k", Value::text("v")}, {"l", Value::number(1)}});
const Value kItems = Value::list({Value::map({{"name", Value::text("t")}})});

/// The text with `added` appended to the collection at `pointer`, or what forbids that.
std::string appended(const std::string& text, const std::string& pointer, const Value& added) {
  const SourceText source("f", text);
  Diagnostics problems;
  const auto document = parse_document(source, split_documents(source, problems).at(0));
  REQUIRE(document);
  EditPlan plan(source, (*document)->root());
  const auto planned = plan.gain(*follow((*document)->root(), pointer).back(), added, "test");
  if (!planned) return planned.error().problem;
  return *apply_edits(text, plan.text_edits());
}

TEST_CASE("what is added looks like its siblings") {
  struct Row {
    std::string name;
    std::string text;
    const char* pointer;
    const Value& added;
    std::string want;
  };
  const Row rows[] = {
      {"block mapping", "a:\n   b: c # d\n# e\n", "/a", kEntries,
       "a:\n   b: c # d\n   k: v\n   l: 1\n# e\n"},
      {"root", "a: b\n", "", kEntries, "a: b\nk: v\nl: 1\n"},
      {"no final newline", "a: b", "", kEntries, "a: b\nk: v\nl: 1"},
      {"crlf", "a:\r\n- name: b\r\n", "/a", kItems, "a:\r\n- name: b\r\n- name: t\r\n"},
      {"compact sequence", "a:\n- name: b\nc: d\n", "/a", kItems,
       "a:\n- name: b\n- name: t\nc: d\n"},
      {"indented sequence", "a:\n    - name: b\n", "/a", kItems,
       "a:\n    - name: b\n    - name: t\n"},
      {"behind a block scalar", "a:\n- b: |\n    x\n\nc: d\n", "/a", kItems,
       "a:\n- b: |\n    x\n- name: t\n\nc: d\n"},
      {"behind kept blank lines", "a:\n- b: |+\n    x\n\nc: d\n", "/a", kItems,
       "a:\n- b: |+\n    x\n\n- name: t\nc: d\n"},
      {"flow sequence", "a: [{name: b} ] # c\n", "/a", kItems,
       "a: [{name: b}, {\"name\": \"t\"} ] # c\n"},
      {"trailing comma", "a: [b, ]\n", "/a", kItems, "a: [b, {\"name\": \"t\"}, ]\n"},
      {"empty flow", "a: [ ]\nb: {}\n", "/a", kItems, "a: [{\"name\": \"t\"} ]\nb: {}\n"},
      {"empty flow mapping", "b: {}\n", "/b", kEntries, "b: {\"k\": \"v\", \"l\": 1}\n"},
      {"json over lines", "{\n  \"a\": {\n    \"b\": 1\n  }\n}\n", "/a", kEntries,
       "{\n  \"a\": {\n    \"b\": 1,\n    \"k\": \"v\",\n    \"l\": 1\n  }\n}\n"},
      {"json with tabs", "{\n\t\"a\": [\n\t\t{}\n\t]\n}\n", "/a", kItems,
       "{\n\t\"a\": [\n\t\t{},\n\t\t{\n\t\t\t\"name\": \"t\"\n\t\t}\n\t]\n}\n"},
      {"absent value", "a: # x\nb: c\n", "/a", kEntries, "a: # x\n  k: v\n  l: 1\nb: c\n"},
      {"absent list", "a:\n", "/a", kItems, "a:\n- name: t\n"},
      {"written null", "a: ~ # x\n", "/a", kEntries, "a: {\"k\": \"v\", \"l\": 1} # x\n"},
      {"absent value in flow", "---\n{a: , b: c}\n", "/a", kEntries,
       "---\n{a: {\"k\": \"v\", \"l\": 1} , b: c}\n"},
      {"stripped scalar at the end of the file", "a:\n- |-\n  x", "/a", kItems,
       "a:\n- |-\n  x\n- name: t"},
      {"scalar that would gain a newline", "a:\n- |\n  x", "/a", kItems,
       "the block scalar that ends the file has no final newline, and would gain one from a line "
       "behind it"},
      {"no colon in flow", "---\n{a, b: c}\n", "/a", kEntries,
       "a colon is missing behind this key"},
      {"no colon in block", "? a # x: y\n", "/a", kEntries, "a colon is missing behind this key"},
      {"an explicit key", "? a # x\n: # y\n", "/a", kEntries, "? a # x\n: # y\n  k: v\n  l: 1\n"},
      {"an empty value with an anchor", "a: &n\nb: c\n", "/a", kEntries,
       "this has to be filled, and has an anchor"},
      {"a scalar", "a: b\n", "/a", kEntries, "a mapping is needed here"},
      {"a mapping for a list", "a: {}\n", "/a", kItems, "a list is needed here"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(appended(row.text, row.pointer, row.added) == row.want);
  }
}

TEST_CASE("lines that go in at one place stand deepest first") {
  const SourceText source("f", "a:\n  b:\n    c: d\n");
  Diagnostics problems;
  const auto document = parse_document(source, split_documents(source, problems).at(0));
  EditPlan plan(source, (*document)->root());
  REQUIRE(plan.gain((*document)->root(), kEntries, ""));
  REQUIRE(plan.gain(*follow((*document)->root(), "/a/b").back(), kEntries, ""));
  CHECK(*apply_edits(source.bytes(), plan.text_edits()) ==
        "a:\n  b:\n    c: d\n    k: v\n    l: 1\nk: v\nl: 1\n");
  CHECK(write_state(plan.state("1")) ==
        R"(1 {"/a/b/k":[null,"v"],"/a/b/l":[null,"1"],"/k":[null,"v"],"/l":[null,"1"]})");
}

}  // namespace
}  // namespace meshctl::inject
