#include <doctest/doctest.h>

#include <string>

#include "runtime/telemetry/route_rules.h"
#include "runtime/telemetry/route_table.h"

namespace meshctl::telemetry {
namespace {

std::string route(std::string_view path) {
  RouteBuffer buffer;
  return std::string(make_route(path, buffer));
}

TEST_CASE("values become {id} and words stay") {
  struct Row {
    const char* name;
    const char* path;
    const char* want;
  };
  const Row rows[] = {
      {"root", "/", "/"},
      {"empty", "", "/"},
      {"asterisk form", "*", "*"},
      {"authority form", "db.local:5432", "db.local:5432"},
      {"absolute form", "http://web:80/users/7", "/users/{id}"},
      {"absolute form without path", "http://web:80", "/"},
      {"word", "/health", "/health"},
      {"trailing slash", "/users/", "/users/"},
      {"empty segments", "//a", "//a"},
      {"digits", "/users/42/orders/7", "/users/{id}/orders/{id}"},
      {"uuid", "/u/123e4567-e89b-12d3-a456-426614174000/x", "/u/{id}/x"},
      {"uuid, wrong dashes", "/u/123e4567e-89b-12d3-a456-42661417400g",
       "/u/123e4567e-89b-12d3-a456-42661417400g"},
      {"hex of 8", "/c/deadbee1", "/c/{id}"},
      {"hex of 7", "/c/deadbe1", "/c/deadbe1"},
      {"hex word", "/c/deadbeef", "/c/deadbeef"},
      {"sha1", "/c/da39a3ee5e6b4b0d3255bfef95601890afd80709", "/c/{id}"},
      {"ulid", "/e/01ARZ3NDEKTSV4RRFFQ69G5FAV", "/e/{id}"},
      {"base64url", "/t/dGVzdA1-Zm9v_YmFyAA", "/t/{id}"},
      {"padded base64", "/t/dGVzdDEyMzQ1Ng==", "/t/{id}"},
      {"stripe", "/t/cus_9s6XKzkNRiz8i3", "/t/{id}"},
      {"base64 of 15", "/t/dGVzdA1Zm9vYmFy", "/t/dGVzdA1Zm9vYmFy"},
      {"date", "/d/2024-05-31", "/d/{id}"},
      {"date and time", "/d/2024-05-31T12:00:00Z", "/d/{id}"},
      {"not a date", "/d/2024-05-xx", "/d/2024-05-xx"},
      {"e-mail", "/m/jo@example.org", "/m/{id}"},
      {"encoded e-mail", "/m/jo%40example.org", "/m/{id}"},
      {"handle", "/m/@jo", "/m/@jo"},
      {"version", "/api/v1/x", "/api/v1/x"},
      {"dotted version", "/api/v1.2/x", "/api/v1.2/x"},
      {"dots", "/static/app.min.js", "/static/app.min.js"},
      {"long dashed title", "/blog/notes-2024-in-review", "/blog/notes-2024-in-review"},
      {"camel case with version", "/rpc/listTransactionsV2", "/rpc/listTransactionsV2"},
      {"forty", "/x/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd",
       "/x/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"},
      {"forty-one", "/x/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddde", "/x/{id}"},
      {"ten segments", "/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/i/j"},
      {"eleven segments", "/a/b/c/d/e/f/g/h/i/j/k", "/a/b/c/d/e/f/g/h/i/j/{more}"},
      {"path parameter", "/a;jsessionid=1A2B/b", "/a/b"},
      {"query", "/a?token=secret", "/a"},
      {"escape sequence", "/a\x1b[31m\x7f", "/a%1B[31m%7F"},
      {"not UTF-8", "/a\xff", "/a%FF"},
      {"UTF-8", "/caf\xc3\xa9", "/caf%C3%A9"},
      {"line end", "/a\nb", "/a%0Ab"},
      {"quotes are the exporters' to escape", "/a\"b\\c", "/a\"b\\c"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(route(row.path) == row.want);
  }
}

TEST_CASE("the longest route fits the buffer") {
  std::string path;
  for (int i = 0; i < 30; ++i) path += "/" + std::string(kMaxRouteSegment, '\x01');
  const auto got = route(path);
  CHECK(got.size() == kMaxRouteSegments * (1 + 3 * kMaxRouteSegment) + 7);
  CHECK(got.ends_with("%01/{more}"));
}

TEST_CASE("one route has one number") {
  RouteTable table;
  const auto id = table.route_of("/users/1", 200);
  CHECK(table.name(id) == "/users/{id}");
  CHECK(table.route_of("/users/2", 500) == id);
  CHECK(table.route_of("/users", 200) != id);
  CHECK(table.size() == 4);
}

TEST_CASE("a 404 makes no route but counts on one that is known") {
  RouteTable table;
  CHECK(table.route_of("/wp-login.php", 404) == RouteTable::kNotFound);
  CHECK(table.size() == 2);
  const auto id = table.route_of("/users/1", 200);
  CHECK(table.route_of("/users/999", 404) == id);
  CHECK(table.name(RouteTable::kNotFound) == "{not_found}");
}

TEST_CASE("beyond 200 routes all new ones share {other}, and the known stay") {
  RouteTable table;
  for (int i = 0; i < 10'000; ++i) {
    std::string word = "/r";
    for (int n = i; n > 0; n /= 26) word += static_cast<char>('a' + n % 26);
    const auto id = table.route_of(word, 200);
    if (i < 200) {
      REQUIRE(table.name(id) == word);
    } else {
      REQUIRE(id == RouteTable::kOther);
    }
  }
  CHECK(table.size() == 202);
  CHECK(table.name(table.route_of("/rb", 200)) == "/rb");
  CHECK(table.route_of("/unseen", 404) == RouteTable::kNotFound);
  CHECK(table.name(RouteTable::kOther) == "{other}");
}

}  // namespace
}  // namespace meshctl::telemetry
