#include "cli/inject/yaml_writer.h"

#include <doctest/doctest.h>

namespace meshctl::inject {
namespace {

Value sample() {
  return Value::map(
      {{"name", Value::text("a")},
       {"args", Value::list({Value::text("--x"), Value::text("run")})},
       {"none", Value::list({})},
       {"deep", Value::map({{"port", Value::number(80)}, {"flag", Value::boolean(false)}})}});
}

TEST_CASE("block style follows the indentation, line end and dashes of the neighbours") {
  CHECK(block_item(sample(), {2, "\n", true}) ==
        "\n  - name: a"
        "\n    args:"
        "\n    - '--x'"
        "\n    - run"
        "\n    none: []"
        "\n    deep:"
        "\n      port: 80"
        "\n      flag: false");
  CHECK(block_entry("c", sample(), {0, "\r\n", false}) ==
        "\r\nc:"
        "\r\n  name: a"
        "\r\n  args:"
        "\r\n    - '--x'"
        "\r\n    - run"
        "\r\n  none: []"
        "\r\n  deep:"
        "\r\n    port: 80"
        "\r\n    flag: false");
}

TEST_CASE("flow style is JSON") {
  CHECK(
      flow(sample()) ==
      R"({"name": "a", "args": ["--x", "run"], "none": [], "deep": {"port": 80, "flag": false}})");
  CHECK(flow_lines(Value::map({{"a", Value::list({Value::number(1)})}}), "\t", "\t", "\n") ==
        "{\n\t\t\"a\": [\n\t\t\t1\n\t\t]\n\t}");
  CHECK(json_string("a\"\\\n\x7f\xC3\xA9") == "\"a\\\"\\\\\\u000a\\u007f\xC3\xA9\"");
}

TEST_CASE("only what every YAML reader takes for the same word goes without quotes") {
  for (const char* word : {"a", "Pod", "localhost/meshctl:0.1.0", "metadata.name", "y2",
                           "app@sha256:00", "RuntimeDefault"}) {
    CAPTURE(word);
    CHECK(is_plain_word(word));
  }
  for (const char* word :
       {"",   "y",   "N",   "yes",  "No", "ON", "off", "True", "null", "NULL",
        "1",  "0x1", "1e3", ".inf", "~",  "-a", "a:",  "a b",  "a#",   "a,",
        "*x", "&x",  "!x",  "{a",   "'a", "%a", "=",   "<<",   "10m",  "2024-01-01"}) {
    CAPTURE(word);
    CHECK_FALSE(is_plain_word(word));
  }
}

TEST_CASE("quotes are single, unless the text needs escapes") {
  CHECK(block_entry("k", Value::text("it's"), {}) == "\nk: 'it''s'");
  CHECK(block_entry("k", Value::text("a\nb"), {}) == "\nk: \"a\\u000ab\"");
  CHECK(block_entry("true", Value::text(""), {}) == "\n'true': ''");
}

}  // namespace
}  // namespace meshctl::inject
