#include "cli/inject/object_shape.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::inject {
namespace {

std::string explained(const std::string& text) {
  const SourceText source("f", text);
  Diagnostics problems;
  const auto document = parse_document(source, split_documents(source, problems).at(0));
  REQUIRE(document);
  const auto found = explain_no_object(source, **document);
  return found ? render(*found) : "";
}

TEST_CASE("objects, however they are spelt, and null documents are let pass") {
  for (const char* text :
       {"kind: Pod\napiVersion: v1\n", "Kind: Pod\napiversion: v1\n",
        "{\"kind\": \"Pod\", \"apiVersion\": \"v1\"}", "k: &k kind\n*k : Pod\napiVersion: v1\n",
        "<<: {kind: Pod}\n", "---\nnull\n", "~\n", "a: &a Pod\nkind: *a\napiVersion: v1\n"}) {
    CAPTURE(text);
    CHECK(explained(text).empty());
  }
}

TEST_CASE("a kind without a version is no object") {
  CHECK(explained("kind: Pod\n") ==
        "meshctl: error: f:1:1: this is no Kubernetes object: it has no `apiVersion`\n"
        "    1 | kind: Pod\n        ^\nhint: add `apiVersion:`; the API server refuses it too\n");
}

TEST_CASE("text, lists and mappings without a kind are no objects") {
  const std::string other = "hint: is it the message of the command that should have written it?\n";
  CHECK(
      explained("hello\n") ==
      "meshctl: error: f:1:1: this is text, and no Kubernetes object\n    1 | hello\n        ^\n" +
          other);
  CHECK(explained("<p>no</p>\n") ==
        "meshctl: error: f:1:1: this is text, and no Kubernetes object\n    1 | <p>no</p>\n        "
        "^\nhint: it looks like HTML; did a download fail?\n");
  CHECK(explained("- a\n") ==
        "meshctl: error: f:1:1: this is a list, and no Kubernetes object\n    1 | - a\n        ^\n"
        "hint: write the items as documents with `---` between them, or as a `kind: List`\n");
  CHECK(explained("error: not found\n") ==
        "meshctl: error: f:1:1: this is no Kubernetes object: it has no `kind`\n    1 | error: not "
        "found\n        ^\nhint: kubectl refuses it too; is this the right file?\n");
  for (const char* text : {"apiVersion: v1\n", "apiVersion: v1\nkind:\n",
                           "apiVersion: v1\nkind: ''\n", "apiVersion: v1\nkind: [Pod]\n"}) {
    CAPTURE(text);
    CHECK(explained(text) ==
          "meshctl: error: f:1:1: this is no Kubernetes object: it has no `kind`\n    1 | "
          "apiVersion: v1\n        ^\nhint: add `kind:`; kubectl refuses it too\n");
  }
}

}  // namespace
}  // namespace meshctl::inject
