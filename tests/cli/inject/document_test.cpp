#include "cli/inject/document.h"

#include <doctest/doctest.h>

#include "cli/inject/pointer.h"

namespace meshctl::inject {
namespace {

Result<std::optional<Document>, Diagnostic> parse(const SourceText& source) {
  Diagnostics problems;
  const auto ranges = split_documents(source, problems);
  REQUIRE(ranges.size() == 1);
  return parse_document(source, ranges[0]);
}

TEST_CASE("a stream is split where kubectl splits it") {
  struct Row {
    std::string name;
    std::string text;
    std::vector<std::string> want;
  };
  const Row rows[] = {
      {"one", "a\n", {"a\n"}},
      {"markers", "---\na\n--- # x\nb\n---\n", {"\na\n", "\nb\n"}},
      {"comments and blank documents do not count", "# a\n---\n\n---\nb", {"\nb"}},
      {"end marker, then a document", "a\n... # x\n---\nb\n", {"a\n", "\nb\n"}},
      {"indented dashes are content", "a: |\n  ---\n", {"a: |\n  ---\n"}},
      {"dashes at column 1 end a block scalar", "a: |\n  b\n---\nc\n", {"a: |\n  b\n", "\nc\n"}},
      {"crlf", "a\r\n---\r\nb\r\n", {"a\r\n", "\nb\r\n"}},
      {"bom",
       "\xEF\xBB\xBF"
       "a\n",
       {"a\n"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const SourceText source("f", row.text);
    Diagnostics problems;
    std::vector<std::string> got;
    for (const auto range : split_documents(source, problems)) {
      got.push_back(row.text.substr(range.begin, range.end - range.begin));
    }
    CHECK(problems.empty());
    CHECK(got == row.want);
  }
}

TEST_CASE("an alias resolves to its anchor, which then counts as shared") {
  const SourceText source("f", "a: &x {b: c}\nd: *x\ne: &y f\n");
  const auto document = parse(source);
  REQUIRE(document);
  const Node& root = (*document)->root();
  const Node& anchored = *find(root, "a").value;
  CHECK(&(*document)->resolve(*find(root, "d").value) == &anchored);
  CHECK((*document)->is_shared(anchored));
  CHECK_FALSE((*document)->is_shared(*find(root, "e").value));
  CHECK_FALSE((*document)->is_shared(*find(root, "d").value));
}

TEST_CASE("alias bombs and bottomless nesting are refused") {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 8; ++i) {
    const auto last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int j = 0; j < 10; ++j) bomb += (j == 0 ? "" : ", ") + last;
    bomb += "]\n";
  }
  CHECK(parse(SourceText("f", bomb)).error().problem ==
        "the aliases of this document expand to a million nodes or more");
  CHECK(parse(SourceText("f", "a: " + std::string(2000, '['))).error().problem ==
        "a document is nested more than 500 deep");
}

TEST_CASE("the last of two equal keys is found, as kubectl does") {
  const SourceText source("f", "a: 1\nb: 2\na: 3\n");
  const auto document = parse(source);
  CHECK(find((*document)->root(), "a").value->value == "3");
  CHECK_FALSE(find((*document)->root(), "c"));
}

TEST_CASE(
    "a pointer names keys with slashes, containers by name, ports by number, items by index") {
  const SourceText source(
      "f",
      "a/b~c:\n- name: x\n  k: 1\n- k: 2\n"
      "containers:\n- name: y\n  k: 3\n- k: 4\n"
      "ports:\n- {containerPort: 017623, k: 5}\n- {port: http, k: 6}\n"
      "- {port: 8083, protocol: UDP, k: 7}\n- {port: 8083, protocol: TCP, k: 8}\n"
      "- {port: '${{P}}', k: 9}\n- {k: 10}\n");
  const auto document = parse(source);
  const Node& root = (*document)->root();
  struct Row {
    const char* pointer;
    const char* value;
  };
  for (const Row& row :
       {Row{"/a~1b~0c/#1/k", "2"}, Row{"/containers/y/k", "3"}, Row{"/containers/#0/k", "4"},
        Row{"/ports/@8083/k", "5"}, Row{"/ports/@http/k", "6"}, Row{"/ports/@8083:UDP/k", "7"},
        Row{"/ports/@8083#1/k", "8"}, Row{"/ports/@${P}/k", "9"}, Row{"/ports/#0/k", "10"}}) {
    const std::string pointer = row.pointer;
    CAPTURE(pointer);
    const auto chain = follow(root, pointer);
    REQUIRE(chain.size() == 4);
    CHECK(chain.back()->value == row.value);
    CHECK(chain_to(root, *chain.back()) == chain);
    CHECK(pointer_along(chain) == pointer);
  }
  CHECK(pointer_to("", "a/b~c") == "/a~1b~0c");
  CHECK(pointer_steps("/a~1b~0c/#1") == std::vector<std::string>{"a/b~c", "#1"});
  for (const char* pointer : {"/a~1b~0c/x", "/a~1b~0c/#2", "/containers/#1", "/containers/y/k/z"}) {
    CAPTURE(pointer);
    CHECK(follow(root, pointer).empty());
  }
}

}  // namespace
}  // namespace meshctl::inject
