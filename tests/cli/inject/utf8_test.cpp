#include "cli/inject/utf8.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::inject {
namespace {

TEST_CASE("characters of every length are UTF-8") {
  const std::string text =
      "a\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"
      "\xF0\x90\x80\x80\xF4\x8F\xBF\xBF";
  CHECK(find_non_utf8("") == std::string_view::npos);
  CHECK(find_non_utf8(text) == std::string_view::npos);
}

TEST_CASE("what is no character is found, wherever it stands") {
  const std::string bad[] = {
      "\x80",              // continues nothing
      "\xC3",              // cut short
      "\xE2\x82",          // cut short
      "\xC3(",             // not continued
      "\xE2\x82(",         // not continued
      "\xC0\xAF",          // too long for what it says
      "\xE0\x9F\xBF",      // too long for what it says
      "\xF0\x8F\xBF\xBF",  // too long for what it says
      "\xED\xA0\x80",      // a surrogate
      "\xF4\x90\x80\x80",  // beyond U+10FFFF
      "\xFF",
  };
  for (const std::string& each : bad) {
    CAPTURE(each.size());
    CHECK(find_non_utf8(each) == 0);
    CHECK(find_non_utf8("\xC3\xA9" + each + "a") == 2);
  }
}

}  // namespace
}  // namespace meshctl::inject
