#include "cli/inject/diagnostic.h"

#include <doctest/doctest.h>

namespace meshctl::inject {
namespace {

TEST_CASE("a diagnostic shows file, place, source line, caret and hint") {
  const SourceText source("web.yaml", "a: 1\n      - image: nginx:1.27\n");
  CHECK(render(at(source, 13, Severity::Error, "container has no name", "add `name:`")) ==
        "meshctl: error: web.yaml:2:9: container has no name\n"
        "    2 |       - image: nginx:1.27\n"
        "                ^\n"
        "hint: add `name:`\n");
  CHECK(render(at(source, 0, Severity::Warning, "odd")) ==
        "meshctl: warning: web.yaml:1:1: odd\n"
        "    1 | a: 1\n"
        "        ^\n");
}

TEST_CASE("a diagnostic without a place is one line") {
  CHECK(render(about("web.yaml", Severity::Error, "this is empty", "did it fail?")) ==
        "meshctl: error: web.yaml: this is empty; did it fail?\n");
  CHECK(render(about("", Severity::Note, "nothing to do")) == "meshctl: note: nothing to do\n");
}

TEST_CASE("a long line is cut to 72 columns round the caret") {
  std::string line(60, 'a');
  line += std::string(60, 'b') + std::string(60, 'c');
  const SourceText source("f", line);
  const auto excerpt = [&](std::size_t offset) {
    const auto text = render(at(source, offset, Severity::Error, "x"));
    return text.substr(text.find('\n') + 1);
  };
  CHECK(excerpt(10) == "    1 | " + std::string(60, 'a') + std::string(9, 'b') + "...\n" +
                           std::string(18, ' ') + "^\n");
  CHECK(excerpt(100) == "    1 | ..." + std::string(60, 'b') + std::string(6, 'c') + "...\n" +
                            std::string(51, ' ') + "^\n");
  CHECK(excerpt(179) == "    1 | ..." + std::string(9, 'b') + std::string(60, 'c') + "\n" +
                            std::string(79, ' ') + "^\n");
}

TEST_CASE("columns count characters, not bytes, and a BOM is none") {
  const SourceText source("f", "\xEF\xBB\xBF\xC3\xA9\xC3\xA9: x\n");
  CHECK(source.place(3) == Place{1, 1});
  CHECK(source.place(7) == Place{1, 3});
  CHECK(source.excerpt(7, 80).text == "\xC3\xA9\xC3\xA9: x");
  CHECK(source.excerpt(7, 1).text == "\xC3\xA9:");
}

TEST_CASE("places in a text with cuts are told in the original") {
  const auto original = std::make_shared<const SourceText>("f", "a\nbb\ncc\nd\n");
  const auto text = SourceText::after_cuts(original, {{1, 3, ""}, {7, 2, ""}});
  REQUIRE(text);
  REQUIRE(text->bytes() == "a\ncc\n");
  CHECK(text->place(0) == Place{1, 1});
  CHECK(text->place(2) == Place{3, 1});
  CHECK(text->excerpt(3, 80).text == "cc");
}

TEST_CASE("cuts that overlap or reach beyond the text leave nothing") {
  const auto original = std::make_shared<const SourceText>("f", "a\nbb\n");
  CHECK_FALSE(SourceText::after_cuts(original, {{1, 3, ""}, {2, 1, ""}}));
  CHECK_FALSE(SourceText::after_cuts(original, {{4, 2, ""}}));
}

}  // namespace
}  // namespace meshctl::inject
