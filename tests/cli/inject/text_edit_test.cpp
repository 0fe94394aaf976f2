#include "cli/inject/text_edit.h"

#include <doctest/doctest.h>

namespace meshctl::inject {
namespace {

TEST_CASE("edits change what they name and keep every other byte") {
  struct Row {
    std::string name;
    std::vector<TextEdit> edits;
    const char* want;
  };
  const Row rows[] = {
      {"none", {}, "abcdef"},
      {"insert in front", {{0, 0, "X"}}, "Xabcdef"},
      {"insert at the end", {{6, 0, "X"}}, "abcdefX"},
      {"replace", {{1, 2, "X"}}, "aXdef"},
      {"any order", {{4, 1, ""}, {0, 1, "X"}}, "Xbcdf"},
      {"same place, order kept", {{3, 0, "1"}, {3, 0, "2"}}, "abc12def"},
      {"adjacent", {{0, 3, "X"}, {3, 3, "Y"}}, "XY"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const auto edited = apply_edits("abcdef", row.edits);
    REQUIRE(edited);
    CHECK(*edited == row.want);
    const auto back = apply_edits(*edited, invert_edits("abcdef", row.edits));
    REQUIRE(back);
    CHECK(*back == "abcdef");
  }
}

TEST_CASE("edits that overlap or reach beyond the text are refused") {
  CHECK(apply_edits("abc", {{0, 2, ""}, {1, 1, ""}}).error() == EditError::Overlap);
  CHECK(apply_edits("abc", {{4, 0, ""}}).error() == EditError::OutOfRange);
  CHECK(apply_edits("abc", {{2, 2, ""}}).error() == EditError::OutOfRange);
}

}  // namespace
}  // namespace meshctl::inject
