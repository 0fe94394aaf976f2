#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "cli/inject/json_reader.h"
#include "cli/inject/json_stream.h"
#include "cli/inject/json_string.h"

namespace meshctl::inject {
namespace {

using namespace std::string_literals;

TEST_CASE("a JSON string is decoded as RFC 8259 has it") {
  struct Row {
    std::string text;
    std::string want;
  };
  const Row rows[] = {
      {R"("")", ""},
      {R"("a } { ] [ : , #")", "a } { ] [ : , #"},
      {R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {R"("\u0041\u00e9\u20AC")", "A\u00e9\u20ac"},
      {R"("\ud83d\ude00")", "\U0001F600"},
      {R"("a\u0000b")", "a\0b"s},
      {R"("\ud83d!\ude00")", "\uFFFD!\uFFFD"},
      {R"("\ud83d\u0041")",
       "\uFFFD"
       "A"},
      {"\"\xE9\"", "\xE9"},
      {"\"\x7F\"", "\x7F"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto string = read_json_string(row.text, 0);
    REQUIRE(string);
    CHECK(string->value == row.want);
    CHECK(string->end == row.text.size());
  }
}

std::string problem_of(const std::string& text) {
  const auto root = read_json(text, 0, text.size());
  if (root) return "none";
  return std::to_string(root.error().offset) + ": " + root.error().problem + "; " +
         root.error().hint;
}

TEST_CASE("what is no JSON is refused at its place, with the cure") {
  const std::string values = "JSON has strings in double quotes, numbers, true, false and null";
  const std::string commas = "commas separate what stands in `{}` and `[]`";
  struct Row {
    std::string text;
    std::string want;
  };
  const Row rows[] = {
      {R"({"a": [1, 2.5e-3, -0, true, false, null, {}, []]})", "none"},
      {R"({"a": 1,})", "7: JSON allows no comma before `}`; remove it"},
      {R"({"a": [1, ]})", "8: JSON allows no comma before `]`; remove it"},
      {R"({"a" 1})", "4: a `:` is missing here; write `\"key\": value`"},
      {R"({"a": 1 "b": 2})", "7: a `,` is missing here; " + commas},
      {R"({"a": [1 2]})", "8: a `,` is missing here; " + commas},
      {R"({"a": [1}})", "8: `}` closes a `[` here; write `]`"},
      {R"({"a": 1])", "7: `]` closes a `{` here; write `}`"},
      {R"({"a": {"b": 1)", "6: the `{` that opens here is never closed; is the file cut off?"},
      {R"({"a)", "1: the quote that opens here is never closed; close it with `\"`"},
      {R"({"a": "\x"})", "7: this is no escape that JSON knows; write `\\\\` for a backslash"},
      {R"({"a": "\u12g4"})", "7: `\\u` needs four hexadecimal digits; as in `\\u00e9`"},
      {"{\"a\": \"b\nc\"}",
       "8: a JSON string ends on the line where it begins; close it with `\"`; write `\\n` for a "
       "line end"},
      {"{\"a\": \"\x01\"}", "7: a control character stands in a JSON string; write `\\u0001`"},
      {R"({"a": True})", "6: `True` is no JSON value; " + values},
      {R"({"a": 01})", "6: `01` is no JSON value; " + values},
      {R"({"a": 1.})", "6: `1.` is no JSON value; " + values},
      {R"({"a": +1})", "6: `+1` is no JSON value; " + values},
      {R"({"a": 1e})", "6: `1e` is no JSON value; " + values},
      {R"({"a": NaN})", "6: `NaN` is no JSON value; " + values},
      {R"({"a": ,})",
       "6: a JSON value is missing here; a string stands in double quotes; `null` is nothing"},
      {R"({"a": 'b'})", "6: a single quote means nothing in JSON; write `\"` for `'`"},
      {R"({"a": 1 # b)",
       "8: JSON has no comments; remove it; kubectl reads a file that begins with `{` as JSON"},
      {R"({a: 1})",
       "1: a JSON key stands in double quotes; kubectl reads a file that begins with `{` as JSON; "
       "for YAML put `---` first"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(problem_of(row.text) == row.want);
  }
}

TEST_CASE("every cut of a JSON value is refused, and none is read beyond its end") {
  const std::string text = R"({"a": ["\u00e9\n", -1.5e+3, true, null], "b": {"c": {}}})";
  CHECK(problem_of(text) == "none");
  for (std::size_t size = 1; size < text.size(); ++size) {
    CAPTURE(size);
    CHECK(problem_of(text.substr(0, size)) != "none");
  }
}

TEST_CASE("a JSON value may be nested 500 deep, and no deeper") {
  const auto nested = [](std::size_t depth) {
    return "{\"a\": " + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
  };
  CHECK(problem_of(nested(500)) == "none");
  CHECK(problem_of(nested(501)) ==
        "505: a document is nested more than 500 deep; no manifest needs that; is this the right "
        "file?");
}

TEST_CASE("a node of JSON knows its bytes") {
  const std::string text = R"(  {"a": [1, null]} )";
  const auto root = read_json(text, 0, text.size());
  REQUIRE(root);
  const auto bytes = [&](const Node& node) {
    return text.substr(node.begin, node.end - node.begin);
  };
  CHECK(bytes(**root) == R"({"a": [1, null]})");
  CHECK((*root)->style == NodeStyle::Flow);
  CHECK(bytes((*root)->children[0]) == R"("a")");
  CHECK((*root)->children[0].style == NodeStyle::DoubleQuoted);
  const Node& list = (*root)->children[1];
  CHECK(bytes(list.children[0]) == "1");
  CHECK(list.children[0].style == NodeStyle::Plain);
  CHECK(bytes(list.children[1]) == "null");
  CHECK(list.children[1].is_null());
}

TEST_CASE("JSON values are split with or without white space between them") {
  const SourceText source("f", "\xEF\xBB\xBF {\"a\": \"}\\\"\"}{\"b\": [{}]}\n\t{}\n");
  REQUIRE(is_json_stream(source));
  Diagnostics problems;
  std::vector<std::string> values;
  for (const DocumentRange range : split_documents(source, problems)) {
    CHECK(range.is_json);
    values.push_back(source.bytes().substr(range.begin, range.end - range.begin));
  }
  CHECK(problems.empty());
  CHECK(values == std::vector<std::string>{R"({"a": "}\""})", R"({"b": [{}]})", "{}"});
}

TEST_CASE("values behind a stray marker or comma are still read, so that their problems show") {
  const SourceText source("f", "{\"a\": 1}\n---\n{\"b\": 2},\n{\"c\": 3}\n# x\n{\"d\": 4}\n");
  Diagnostics problems;
  CHECK(split_documents(source, problems).size() == 3);
  REQUIRE(problems.size() == 3);
  CHECK(problems[0].problem == "kubectl takes no `---` behind a JSON value");
  CHECK(problems[1].problem == "kubectl takes no comma between two JSON values");
  CHECK(problems[2].problem == "kubectl reads nothing but JSON objects behind a JSON object");
}

TEST_CASE("only a brace that opens no template makes a JSON stream") {
  CHECK(is_json_stream(SourceText("f", " \r\n\t{\"a\": 1}")));
  for (const char* text : {"", "  ", "a: {}", "---\n{}", "# c\n{}", "[{}]", "{{ x }}", "{% x %}"}) {
    CAPTURE(text);
    CHECK_FALSE(is_json_stream(SourceText("f", text)));
  }
}

}  // namespace
}  // namespace meshctl::inject
