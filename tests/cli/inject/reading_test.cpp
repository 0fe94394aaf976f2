#include <doctest/doctest.h>

#include <string>

#include "cli/inject/byte_check.h"
#include "cli/inject/document.h"

// How texts are read and refused as a whole; the words are in tests/golden.

namespace meshctl::inject {
namespace {

using namespace std::string_literals;

/// The problems of `text`, one a line as `line:column problem`.
std::string problems_of(const std::string& text) {
  const SourceText source("f", text);
  Diagnostics problems;
  check_bytes(source, problems);
  if (problems.empty()) {
    for (const DocumentRange range : split_documents(source, problems)) {
      const auto document = parse_document(source, range);
      if (!document) problems.push_back(document.error());
    }
  }
  std::string told;
  for (const Diagnostic& each : problems) {
    told += std::to_string(each.place.line) + ":" + std::to_string(each.place.column) + " " +
            each.problem + "\n";
  }
  return told;
}

TEST_CASE("a line break of YAML 1.1 is refused where it could change structure") {
  const std::string want =
      " a Unicode line break (U+0085, U+2028 or U+2029) ends the line here for kubectl\n";
  for (const std::string mark : {"\u0085", "\u2028", "\u2029"}) {
    CAPTURE(mark);
    CHECK(problems_of("a: b # c" + mark + "x: y\n") == "1:9" + want);
    CHECK(problems_of("a: b" + mark + "  c\n") == "1:5" + want);
    CHECK(problems_of("a" + mark + "b: c\n") == "1:2" + want);
    CHECK(problems_of("\"a" + mark + "b\": c\n") == "1:3" + want);
    CHECK(problems_of("a: \"b" + mark + "--- c\"\n") == "1:6" + want);
    CHECK(problems_of("a: 'b" + mark + "...'\n") == "1:6" + want);
    CHECK(problems_of("a: |\n  b" + mark + "c: d\n") == "2:4" + want);
    CHECK(problems_of("a: | # x" + mark + "  b: c\n  d\n") == "1:9" + want);
    CHECK(problems_of("a: b" + mark + "c: d\n") == "1:5" + want);
    CHECK(problems_of("a: \"b" + mark + "c\"\nd: 'e" + mark + "f'\n") == "");
    CHECK(problems_of("a: |\n  b" + mark + "  c\n  d" + mark + "\n") == "");
    CHECK(problems_of("{\"a\": \"b" + mark + "--- c\"}\n") == "");
  }
}

TEST_CASE("bytes that are no UTF-8 text for kubectl are refused, and others let pass") {
  CHECK(problems_of("a: \x01\n") == "1:4 a control character stands here, which YAML forbids\n");
  CHECK(problems_of("# \x7F\n") == "1:3 a control character stands here, which YAML forbids\n");
  CHECK(problems_of("a: \u0080\n") == "1:4 a control character stands here, which YAML forbids\n");
  CHECK(problems_of("a: \uFFFE\n") == "1:4 a control character stands here, which YAML forbids\n");
  CHECK(problems_of("a: b\0\n"s) == "1:5 a NUL byte stands here\n");
  CHECK(problems_of("{\"a\": 1}\0"s) == "1:9 a NUL byte stands here\n");
  CHECK(problems_of("a\0:\0 \0b\0"s) ==
        "0:0 this is UTF-16LE, which would be changed on the way\n");
  CHECK(problems_of("a\0\0\0:\0\0\0"s) ==
        "0:0 this is UTF-32LE, which would be changed on the way\n");
  CHECK(problems_of("a: \xE9\xC2\n# \xE2\x80\n") == "");
  CHECK(problems_of("a: \"\xED\xA0\x80\"\nb: x\uFEFFy\n") == "");
  CHECK(problems_of("{\"a\": \"\x7F\u0080\"}") == "");
}

TEST_CASE("a marker that kubectl does not take is refused, others are not") {
  CHECK(problems_of("a: b\n-----\nc: d\n") ==
        "2:4 a document marker is three dashes, and kubectl takes no others\n");
  CHECK(problems_of("---\t# x\na: b\n---#y\nc: d\n---   \n") == "");
  CHECK(problems_of("a: b\n... # x\n...\n---\nc: d\n") == "");
  CHECK(problems_of("a: b\n---\n# c\n...\n") ==
        "4:1 `...` ends a document, and there is none before it\n");
}

/// Reads `text`, which is so large that a quadratic step would run into the timeout of the test
/// run.
void reads_to_the_end(const char* name, const std::string& text) {
  CAPTURE(name);
  (void)problems_of(text);
}

std::string repeated(const std::string& text, int times) {
  std::string all;
  for (int i = 0; i < times; ++i) all += text;
  return all;
}

TEST_CASE("large texts are read in linear time, broken or not") {
  constexpr int kMany = 100'000;
  reads_to_the_end("blank lines, then a misplaced item",
                   "a:\n  - b\n" + repeated("\n", kMany) + " - c\n");
  reads_to_the_end("items, then a misplaced one",
                   "a:\n" + repeated("    - b: c\n", kMany) + "   - d\n");
  reads_to_the_end("comments", repeated("# c\n", kMany) + "a: [b\n");
  reads_to_the_end("one long line", "a: " + repeated("x ", kMany) + "\n");
  reads_to_the_end("one long list", "a: [" + repeated("x, ", kMany) + "]\n");
  reads_to_the_end("one long broken list", "a: [" + repeated("x, ", kMany) + "}\n");
  reads_to_the_end("anchors", repeated("- &a x\n", kMany / 5));
  reads_to_the_end("nulls", repeated("- \n", kMany));
  reads_to_the_end("broken documents", repeated("a: b: c\n---\n", kMany / 2));
  reads_to_the_end("Unicode line breaks", repeated("- \"x\u2028y\"\n", kMany));
  reads_to_the_end("JSON values", repeated("{\"a\": []}", kMany));
  reads_to_the_end("JSON strings without an end", "{" + repeated("\"\\", kMany));
}

}  // namespace
}  // namespace meshctl::inject
