#include "runtime/web/field_value.h"

#include <doctest/doctest.h>

namespace meshctl::web {
namespace {

TEST_CASE("names compare without the case of their letters, and of nothing else") {
  CHECK(equals_ignoring_case("Content-Type", "content-TYPE"));
  CHECK(equals_ignoring_case("", ""));
  CHECK_FALSE(equals_ignoring_case("accept", "accept-encoding"));
  CHECK_FALSE(equals_ignoring_case("a@b", "a`b"));
  CHECK_FALSE(equals_ignoring_case("-", "\r"));
}

TEST_CASE("a word is found anywhere, whatever its case") {
  CHECK(contains_ignoring_case("keep-alive, CLOSE", "close"));
  CHECK(contains_ignoring_case("Close", "close"));
  CHECK_FALSE(contains_ignoring_case("keep-alive", "close"));
  CHECK_FALSE(contains_ignoring_case("clos", "close"));
  CHECK_FALSE(contains_ignoring_case("", "close"));
}

TEST_CASE("a media type comes without its parameters and the blanks around it") {
  for (const char* field : {"application/json", "application/json;charset=utf-8",
                            " application/json ; charset=utf-8", "application/json\t;"}) {
    CAPTURE(field);
    CHECK(media_type(field) == "application/json");
  }
  CHECK(media_type("").empty());
  CHECK(media_type(";").empty());
}

TEST_CASE("a coding is taken where it is named, or all are, and its weight is not 0") {
  struct Row {
    const char* field;
    bool is_accepted;
  };
  const Row rows[] = {
      {"gzip", true},
      {"br, GZip;q=0.1", true},
      {"*", true},
      {"gzip ; q=1", true},
      {"gzip;q=0.001", true},
      {"*;q=0, gzip", true},
      {"gzip, *;q=0", true},
      {"gzip;q=0, *", false},
      {"gzip;q=0", false},
      {"gzip; Q=0.000, identity", false},
      {"*;q=0", false},
      {"identity", false},
      {"xgzip", false},
      {"gzipped, br", false},
      {"", false},
      {",;", false},
  };
  for (const auto& row : rows) {
    CAPTURE(row.field);
    CHECK(accepts_coding(row.field, "gzip") == row.is_accepted);
  }
}

}  // namespace
}  // namespace meshctl::web
