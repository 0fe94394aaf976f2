#include "cli/manifest_stream.h"

#include <doctest/doctest.h>

namespace meshctl::cli {
namespace {

TEST_CASE("several manifests make one stream that kubectl reads") {
  struct Row {
    std::string name;
    std::vector<std::string> texts;
    const char* want;
  };
  const Row rows[] = {
      {"a single one as it is", {"a: 1"}, "a: 1"},
      {"a marker between", {"a: 1\n", "b: 2\n"}, "a: 1\n---\nb: 2\n"},
      {"a missing newline", {"a: 1", "b: 2"}, "a: 1\n---\nb: 2"},
      {"its own marker", {"a: 1\n", "---\nb: 2\n"}, "a: 1\n---\nb: 2\n"},
      {"a key that looks like one", {"a: 1\n", "---b: 2\n"}, "a: 1\n---\n---b: 2\n"},
      {"a marker with a comment", {"a: 1\n", "--- # b\nb: 2\n"}, "a: 1\n--- # b\nb: 2\n"},
      {"json only", {"{}", " {}\n"}, "{}\n {}\n"},
      {"json first", {"{}\n", "a: 1\n"}, "---\n{}\n---\na: 1\n"},
      {"json last", {"a: 1\n", "{}\n"}, "a: 1\n---\n{}\n"},
      {"several json values, json only", {"{} {}", "{}\n"}, "{} {}\n{}\n"},
      {"several json values among yaml",
       {"{\"a\": {\"b\": \"}\\\"{\"}}\n\n{}{}", "a: 1\n"},
       "---\n{\"a\": {\"b\": \"}\\\"{\"}}\n\n---\n{}\n---\n{}\n---\na: 1\n"},
      {"what follows json stays with it", {"{}\n# end\n", "a: 1\n"}, "---\n{}\n# end\n---\na: 1\n"},
      {"a json object that does not end", {"{", "a: 1\n"}, "---\n{\n---\na: 1\n"},
      {"json behind a bom among yaml", {"\xEF\xBB\xBF{}\n", "a: 1\n"}, "---\n{}\n---\na: 1\n"},
      {"a bom before json only", {"\xEF\xBB\xBF{}\n", "{}\n"}, "\xEF\xBB\xBF{}\n{}\n"},
      {"nothing left of some", {"", "a: 1\n", "", "b: 2\n", ""}, "a: 1\n---\nb: 2\n"},
      {"nothing left of some json", {"{}\n", "", "{}\n", ""}, "{}\n{}\n"},
      {"nothing left", {"", ""}, ""},
      {"crlf", {"a: 1\r\n", "b: 2\r\n"}, "a: 1\r\n---\r\nb: 2\r\n"},
      {"a later bom",
       {"\xEF\xBB\xBF"
        "a: 1\n",
        "\xEF\xBB\xBF"
        "b: 2\n"},
       "\xEF\xBB\xBF"
       "a: 1\n---\nb: 2\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(join_manifests(row.texts) == row.want);
  }
}

}  // namespace
}  // namespace meshctl::cli
