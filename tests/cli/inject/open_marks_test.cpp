#include "cli/inject/open_marks.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::inject {
namespace {

/// The text up to the first `^` is scanned, and what is open there is told as offsets.
std::string open_at(std::string text) {
  const auto marks = find_open_marks(text, 0, text.find('^'));
  std::string told;
  if (marks.quote) told += "quote " + std::to_string(*marks.quote) + " ";
  for (const auto bracket : marks.brackets) told += text[bracket] + std::to_string(bracket) + " ";
  if (marks.last_quoted) {
    told += "closed " + std::to_string(marks.last_quoted->begin) + "-" +
            std::to_string(marks.last_quoted->end);
  }
  return told;
}

TEST_CASE("what is open at a byte is told apart from what only looks like it") {
  CHECK(open_at("a: [b, {c: ^").starts_with("[3 {7 "));
  CHECK(open_at("a: [b, {c: d}], e^") == "");
  CHECK(open_at("a: \"b ^") == "quote 3 ");
  CHECK(open_at("a: 'it''s ^") == "quote 3 ");
  CHECK(open_at("a: \"b\\\" c\" ^") == "closed 3-10");
  CHECK(open_at("a: it's \"b [ ^") == "");
  CHECK(open_at("# \" [\na: b # { '\nc: ^") == "");
  CHECK(open_at("a: |\n  \" [\n\n  {\nb: [^") == "[19 ");
  CHECK(open_at("- a: >-\n    [\n  b: {^") == "{19 ");
  CHECK(open_at("\"a\": |\n  [\nb: ^") == "closed 0-3");
  CHECK(open_at("a: [\"b\":c, ^") == "[3 closed 4-7");
  CHECK(open_at("a: &x [*y, !t ^") == "[6 ");
  CHECK(open_at("a: \"^") == "quote 3 ");
  CHECK(open_at("a: |^") == "");
}

}  // namespace
}  // namespace meshctl::inject
