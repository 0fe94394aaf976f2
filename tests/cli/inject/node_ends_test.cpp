#include "cli/inject/node_ends.h"

#include <doctest/doctest.h>

#include "tests/cli/inject/tree_text.h"

namespace meshctl::inject {
namespace {

TEST_CASE("each leaf is found with exactly its own bytes") {
  struct Row {
    std::string name;
    std::string text;
    std::string want;  ///< leaves in <>, mappings in {}, sequences in []
  };
  const Row rows[] = {
      {"plain", "a: b\nc: d # e\n", "{<a><b><c><d>}"},
      {"plain over lines", "a: b c\n  d\n\n  e\nf: g\n", "{<a><b c\n  d\n\n  e><f><g>}"},
      {"hash and colon inside", "a: b#c:d\n", "{<a><b#c:d>}"},
      {"single quotes", "a: 'it''s #1'\n'b': c\n", "{<a><'it''s #1'><'b'><c>}"},
      {"double quotes over lines", "a: \"x\\\"\n  y\" # z\n", "{<a><\"x\\\"\n  y\">}"},
      {"literal", "a: |\n  x\n\n  y\n\n# c\nb: d\n", "{<a><|\n  x\n\n  y><b><d>}"},
      {"literal, kept blank lines", "a: |+\n  x\n\nb: d\n", "{<a><|+\n  x\n><b><d>}"},
      {"folded, stripped", "- >-\n  x\n- y\n", "[<>-\n  x><y>]"},
      {"indentation indicator", "a: |2\n   x\n  y\nb: c\n", "{<a><|2\n   x\n  y><b><c>}"},
      {"literal holding a manifest", "a: |\n  b: c\n  - d\ne: f\n",
       "{<a><|\n  b: c\n  - d><e><f>}"},
      {"empty literal", "a: |\nb: c\n", "{<a><|><b><c>}"},
      {"no final newline", "a: |\n  x", "{<a><|\n  x>}"},
      {"spaces at the end of a literal", "a: |\n  x\n     \nb: c\n", "{<a><|\n  x\n     ><b><c>}"},
      {"compact sequence", "a:\n- b\n- c: d\n  e: f\ng: h\n", "{<a>[<b>{<c><d><e><f>}]<g><h>}"},
      {"sequence of sequences", "- - a\n  - b\n- c\n", "[[<a><b>]<c>]"},
      {"absent values", "a:\nb: # c\nd:\n  -\n  - x\n", "{<a><><b><><d>[<><x>]}"},
      {"nulls", "a: ~\nb: null\n~: c\n", "{<a><~><b><null><~><c>}"},
      {"a null key below an absent value", "a:\n~: b\n", "{<a><><~><b>}"},
      {"flow", "a: [b, 'c' , {d: e, f: }, ] # g\n", "{<a>[<b><'c'>{<d><e><f><>}]}"},
      {"flow over lines", "a: {\n  b: c, # d\n  e: [\n  ]\n}\n", "{<a>{<b><c><e><[\n  ]>}}"},
      {"pairs without braces", "[a: b, : c, \"d\":e]\n", "[{<a><b>}{<><c>}{<\"d\"><e>}]"},
      {"json", "{\"a\":\t1,\n\t\"b\": [true, null]}\n", "{<\"a\"><1><\"b\">[<true><null>]}"},
      {"anchors, tags, aliases", "a: &x !!str b\nc: *x\nd: !!str\ne: &y\n",
       "{<a><&x !!str b><c><*x><d><!!str><e><&y>}"},
      {"anchor on a mapping", "a: &x\n  b: c\nd: *x\n", "{<a>{<b><c>}<d><*x>}"},
      {"anchor on a key", "&x a: b\n", "{<&x a><b>}"},
      {"explicit keys", "? a\n: b\n? c\n", "{<a><b><c><>}"},
      {"crlf", "a: |\r\n  b\r\n  c\r\nd: e f\r\n  g\r\n", "{<a><|\r\n  b\r\n  c><d><e f\r\n  g>}"},
      {"bom",
       "\xEF\xBB\xBF"
       "a: b\n",
       "{<a><b>}"},
      {"not utf-8", "a: \xE9\xFF # \xE9\nb: c\n", "{<a><\xE9\xFF><b><c>}"},
      {"root scalar", "abc\n", "<abc>"},
      {"root literal", "--- # x\n|\n abc\n", "<|\n abc>"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const SourceText source("f", row.text);
    Diagnostics problems;
    const auto ranges = split_documents(source, problems);
    REQUIRE(problems.empty());
    REQUIRE(ranges.size() == 1);
    const auto document = parse_document(source, ranges[0]);
    REQUIRE_MESSAGE(document, (document ? "" : document.error().problem));
    REQUIRE(document->has_value());
    CHECK(tree_text((*document)->root(), row.text) == row.want);
  }
}

}  // namespace
}  // namespace meshctl::inject
