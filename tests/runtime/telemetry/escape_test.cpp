#include "runtime/telemetry/escape.h"

#include <doctest/doctest.h>

namespace meshctl::telemetry {
namespace {

TEST_CASE("text from outside cannot break out of a JSON string or a label value") {
  struct Row {
    const char* name;
    std::string_view text;
    std::string_view json;
    std::string_view label;
  };
  const Row rows[] = {
      {"plain", "/a b", "/a b", "/a b"},
      {"quote", "a\"b", "a\\\"b", "a\\\"b"},
      {"backslash", "a\\b", "a\\\\b", "a\\\\b"},
      {"line end", "a\nb", "a\\u000ab", "a\\nb"},
      {"escape sequence", "\x1b[2J", "\\u001b[2J", "\xEF\xBF\xBD[2J"},
      {"zero", std::string_view("\0", 1), "\\u0000", "\xEF\xBF\xBD"},
      {"delete", "\x7f", "\\u007f", "\xEF\xBF\xBD"},
      {"C1 control", "\xC2\x9B", "\\u009b", "\xEF\xBF\xBD"},
      {"right to left", "\xE2\x80\xAE\xE2\x81\xA6", "\\u202e\\u2066", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"line separator", "\xE2\x80\xA8", "\\u2028", "\xEF\xBF\xBD"},
      {"UTF-8 of 2, 3 and 4 bytes", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80",
       "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
      {"lone continuation", "\x80x", "\xEF\xBF\xBDx", "\xEF\xBF\xBDx"},
      {"cut short", "\xE2\x82", "\xEF\xBF\xBD\xEF\xBF\xBD", "\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"cut by a letter", "\xE2\x82z", "\xEF\xBF\xBD\xEF\xBF\xBDz", "\xEF\xBF\xBD\xEF\xBF\xBDz"},
      {"overlong", "\xE0\x80\xAF", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"surrogate", "\xED\xA0\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"above the last", "\xF4\x90\x80\x80", "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD",
       "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
      {"no such byte", "\xFF", "\xEF\xBF\xBD", "\xEF\xBF\xBD"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::string json, label;
    append_json_escaped(json, row.text);
    append_label_escaped(label, row.text);
    CHECK(json == row.json);
    CHECK(label == row.label);
  }
}

TEST_CASE("HTML gets entities, and nothing that a screen or a parser would obey") {
  std::string out;
  append_html_escaped(out, "<a href=\"x\">&'\x1b\n\xE2\x80\xAE\xff\xC3\xA9");
  CHECK(out ==
        "&lt;a href=&quot;x&quot;&gt;&amp;&#39;\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
        "\xC3\xA9");
}

}  // namespace
}  // namespace meshctl::telemetry
