#include "cli/terminal_text.h"

#include <doctest/doctest.h>

namespace meshctl::cli {
namespace {

using namespace std::string_view_literals;

TEST_CASE("what a terminal would obey is made visible, and the rest stays") {
  struct Row {
    std::string_view text;
    std::string_view shown;
    std::string_view blank;
  };
  const Row rows[] = {
      {"plain", "plain", "plain"},
      {"\x1b[31m", "\\x1b[31m", " [31m"},
      {"a\r\nb", "a\\x0d\\x0ab", "a  b"},
      {"a\0b"sv, "a\\x00b", "a b"},
      {"\x7f", "\\x7f", " "},
      {"caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80", "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80",
       "caf\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x98\x80"},
      {"\xC2\x9B"
       "31m",
       "\\xc2\\x9b31m", " 31m"},  // CSI in one character
      {"a\x9B", "a\\x9b", "a"},
      {"\xC3", "\\xc3", " "},
      {"\xC0\xAF", "\\xc0\\xaf", " "},
      {"\xE0\x80\x9B", "\\xe0\\x80\\x9b", " "},
  };
  for (const Row& row : rows) {
    CHECK(visible(row.text) == row.shown);
    CHECK(blanked(row.text) == row.blank);
  }
  CHECK(visible("a\tb") == "a\\x09b");
  CHECK(visible_line("a\tb\x1b") == "a\tb\\x1b");
}

}  // namespace
}  // namespace meshctl::cli
