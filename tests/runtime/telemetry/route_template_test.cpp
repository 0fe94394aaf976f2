#include "runtime/telemetry/route_template.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/telemetry/template_tree.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

TEST_CASE("what is no template is told by its problem") {
  struct Row {
    std::string text;
    TemplateProblem want;
  };
  std::string deep;
  for (int i = 0; i < 33; ++i) deep += "/a";
  const Row rows[] = {
      {"", TemplateProblem::NoLeadingSlash},
      {"users/{id}", TemplateProblem::NoLeadingSlash},
      {"/users?id={id}", TemplateProblem::HasQuery},
      {"/users#x", TemplateProblem::HasQuery},
      {"/users;v=1", TemplateProblem::HasQuery},
      {"/users/{id", TemplateProblem::OpenBrace},
      {"/users/{id/orders}", TemplateProblem::OpenBrace},
      {"/users/{a{b}}", TemplateProblem::OpenBrace},
      {"/users/id}", TemplateProblem::ClosingBrace},
      {"/users/{}", TemplateProblem::NoName},
      {"/users/{a}{b}", TemplateProblem::AdjacentParameters},
      {"/users/../x", TemplateProblem::DotSegment},
      {"/users/%2E", TemplateProblem::DotSegment},
      {deep, TemplateProblem::TooManySegments},
      {"/" + std::string(129, 'a'), TemplateProblem::SegmentTooLong},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_template(row.text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error() == row.want);
    CHECK(!describe(parsed.error()).empty());
  }
}

TEST_CASE("a route is called as its template was written, in printable ASCII") {
  struct Row {
    const char* text;
    const char* want;
  };
  const Row rows[] = {
      {"/", "/"},
      {"//", "/"},
      {"/users/{userId}/orders", "/users/{userId}/orders"},
      {"/users//{id}/", "/users/{id}/"},
      {"/files/{name}.{kind}", "/files/{name}.{kind}"},
      {"/v1/{name}:cancel", "/v1/{name}:cancel"},
      {"/caf\xc3\xa9/{n\xc3\xa4me}", "/caf%C3%A9/{n%C3%A4me}"},
      {"/%75sers/{a\nb}", "/users/{a%0Ab}"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto parsed = parse_template(row.text);
    REQUIRE(parsed);
    CHECK(parsed->name == row.want);
  }
}

std::string match(const std::vector<std::string>& texts, std::string_view path) {
  const auto all = templates(texts);
  TemplateTree tree;
  for (std::size_t i = 0; i < all.size(); ++i) CHECK_FALSE(tree.add(all[i], i));
  const PathSegments segments(path);
  const auto found = tree.match(segments);
  return found ? all[*found].name : "none";
}

TEST_CASE("the most specific template wins, whatever their order") {
  std::vector<std::string> texts = {"/{a}/{b}",  "/users/{id}",   "/users/me", "/{a}/me",
                                    "/x/{n}.js", "/x/{n}.min.js", "/x/a{n}",   "/x/{n}"};
  struct Row {
    const char* path;
    const char* want;
  };
  const Row rows[] = {
      {"/users/me", "/users/me"},
      {"/users/7", "/users/{id}"},
      {"/shops/me", "/{a}/me"},
      {"/shops/7", "/{a}/{b}"},
      {"/x/app.js", "/x/{n}.js"},
      {"/x/app.min.js", "/x/{n}.min.js"},
      {"/x/.js", "/x/{n}"},
      {"/x/a", "/x/{n}"},
      {"/x/abc", "/x/a{n}"},
      {"/x/a.b", "/x/a{n}"},
      {"/users", "none"},
      {"/users/me/", "none"},
      {"/users/me/x", "none"},
      {"http://h/users/me", "/users/me"},
      {"*", "none"},
      {"users/me", "none"},
  };
  std::ranges::sort(texts);
  for (int turn = 0; turn < 20; ++turn) {
    for (const Row& row : rows) {
      CAPTURE(row.path);
      CHECK(match(texts, row.path) == row.want);
    }
    std::next_permutation(texts.begin(), texts.end());
    std::rotate(texts.begin(), texts.begin() + 3, texts.end());
  }
}

TEST_CASE("a dead end further on does not hide a template that fits") {
  CHECK(match({"/a/b/c", "/{x}/b/d"}, "/a/b/d") == "/{x}/b/d");
  CHECK(match({"/a/{x}.js/c", "/a/{x}/d"}, "/a/y.js/d") == "/a/{x}/d");
}

TEST_CASE("a segment with several parameters is matched whole") {
  CHECK(match({"/{a}-{b}-{c}"}, "/1-2-3") == "/{a}-{b}-{c}");
  CHECK(match({"/{a}-{b}-{c}"}, "/1-2") == "none");
  CHECK(match({"/{a}-{b}-{c}"}, "/1--3") == "none");
  CHECK(match({"/{a}-{b}-{c}"}, "/----") == "none");
  CHECK(match({"/{a}-{b}-{c}"}, "/-----") == "/{a}-{b}-{c}");
  CHECK(match({"/{lat},{lon}"}, "/52.5,13.4") == "/{lat},{lon}");
}

TEST_CASE("templates that fit the same paths are found as such") {
  TemplateTree tree;
  const auto all = templates({"/users/{id}", "/users/{name}", "/users/{name}/", "/%75sers/{x}",
                              "/f/{a}.{b}", "/f/{c}.{d}"});
  CHECK_FALSE(tree.add(all[0], 0));
  CHECK(tree.add(all[1], 1) == 0);
  CHECK_FALSE(tree.add(all[2], 2));
  CHECK(tree.add(all[3], 3) == 0);
  CHECK_FALSE(tree.add(all[4], 4));
  CHECK(tree.add(all[5], 5) == 4);
}

TEST_CASE("a path that is too long or too deep fits no literal") {
  const std::string full(kMostSegmentBytes, 'a');
  CHECK(match({"/" + full}, "/" + full) == "/" + full);
  CHECK(match({"/" + full}, "/" + full + "a") == "none");
  CHECK(match({"/{x}"}, "/" + full + "a") == "/{x}");
  std::string deep;
  for (int i = 0; i < 32; ++i) deep += "/a";
  CHECK(match({deep}, deep) == deep);
  CHECK(match({deep}, deep + "/a") == "none");
}

}  // namespace
}  // namespace meshctl::telemetry
