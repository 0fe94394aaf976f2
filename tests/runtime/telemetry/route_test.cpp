#include <doctest/doctest.h>

#include <string>

#include "runtime/telemetry/route_table.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

std::string route(std::string_view path) {
  RouteTable table;
  return std::string(table.name(table.route_of(path, 200)));
}

TEST_CASE("values become {id} and words stay") {
  struct Row {
    const char* name;
    std::string_view path;
    const char* want;
  };
  const Row rows[] = {
      {"empty", "", "/"},
      {"absolute form without path", "http://web:80", "/"},
      {"absolute form with a query alone", "http://web:80?x=/y", "/"},
      {"trailing slash", "/users/", "/users/"},
      {"slashes alone", "///", "/"},
      {"uuid, wrong dashes", "/u/123e4567e-89b-12d3-a456-42661417400g",
       "/u/123e4567e-89b-12d3-a456-42661417400g"},
      {"hex of 8", "/c/deadbee1", "/c/{id}"},
      {"hex of 7", "/c/deadbe1", "/c/deadbe1"},
      {"padded base64", "/t/dGVzdDEyMzQ1Ng==", "/t/{id}"},
      {"stripe", "/t/cus_9s6XKzkNRiz8i3", "/t/{id}"},
      {"base64 of 15", "/t/dGVzdA1Zm9vYmFy", "/t/dGVzdA1Zm9vYmFy"},
      {"date and time", "/d/2024-05-31T12:00:00Z", "/d/{id}"},
      {"date and encoded time", "/d/2024-05-31T12%3a00%3A00Z", "/d/{id}"},
      {"not a date", "/d/2024-05-xx", "/d/2024-05-xx"},
      {"digits, encoded", "/d/%34%32", "/d/{id}"},
      {"handle", "/m/@jo", "/m/@jo"},
      {"long dashed title", "/blog/notes-2024-in-review", "/blog/notes-2024-in-review"},
      {"forty", "/x/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd",
       "/x/aaaaaaaaaabbbbbbbbbbccccccccccdddddddddd"},
      {"ten segments", "/a/b/c/d/e/f/g/h/i/j", "/a/b/c/d/e/f/g/h/i/j"},
      {"ten segments and a slash", "/a/b/c/d/e/f/g/h/i/j/", "/a/b/c/d/e/f/g/h/i/j/"},
      {"eleven segments", "/a/b/c/d/e/f/g/h/i/j/k", "/a/b/c/d/e/f/g/h/i/j/{more}"},
      {"eleven segments and a slash", "/a/b/c/d/e/f/g/h/i/j/k/", "/a/b/c/d/e/f/g/h/i/j/{more}"},
      {"parameters alone", "/a/;x=1/b", "/a/b"},
      {"parameters on a dot segment", "/a/..;/b", "/b"},
      {"an encoded semicolon is none", "/a%3bx", "/a%3Bx"},
      {"an encoded question mark is none", "/a%3fx", "/a%3Fx"},
      {"fragment", "/a#b/c", "/a"},
      {"dot at the end", "/a/.", "/a/"},
      {"dots at the end", "/a/b/..", "/a/"},
      {"dots above the root", "/../../a", "/a"},
      {"three dots are a word", "/...", "/..."},
      {"escape sequence", "/a\x1b[31m\x7f", "/a%1B[31m%7F"},
      {"not UTF-8", "/a\xff", "/a%FF"},
      {"UTF-8", "/caf\xc3\xa9", "/caf%C3%A9"},
      {"line end", "/a\nb", "/a%0Ab"},
      {"NUL", std::string_view("/a\0b", 4), "/a%00b"},
      {"half an encoding", "/a%4", "/a%254"},
      {"an encoding made of an encoding", "/a%%34%31", "/a%2541"},
      {"quotes are the exporters' to escape", "/a\"b\\c", "/a\"b\\c"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    CHECK(route(row.path) == row.want);
  }
}

TEST_CASE("a path as long as it may be, and longer, makes a route") {
  std::string path;
  for (int i = 0; i < 200; ++i) path += "/" + std::string(13, '\x01');
  const auto got = route(path);
  CHECK(got.size() == 10 * (1 + 3 * 13) + 7);
  CHECK(got.ends_with("%01/{more}"));
  CHECK(route("/" + std::string(100'000, 'a')) == "/{id}");
  CHECK(route("/" + std::string(100'000, '\xff')) == "/{id}");
  CHECK(route(std::string(100'000, '/') + "a") == "/a");
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
  // 19 words a level: none collapses.
  const auto nth = [](std::size_t i) { return "/" + word(i % 19) + "/" + word(i / 19); };
  for (std::size_t i = 0; i < 19 * 19; ++i) {
    const auto id = table.route_of(nth(i), 200);
    if (i < 200) {
      REQUIRE(table.name(id) == nth(i));
    } else {
      REQUIRE(id == RouteTable::kOther);
    }
  }
  CHECK(table.size() == 202);
  CHECK(table.name(table.route_of(nth(7), 200)) == nth(7));
  CHECK(table.route_of("/unseen", 404) == RouteTable::kNotFound);
  CHECK(table.name(RouteTable::kOther) == "{other}");
}

TEST_CASE("the 21st word collapses its level, and the seldom ones go with it") {
  RouteTable table;
  const auto name = [&](const std::string& path) {
    return std::string(table.name(table.route_of(path, 200)));
  };
  // The call that makes a route is not among the 100.
  for (int i = 0; i <= 100; ++i) CHECK(name("/shops/busy/stock") == "/shops/busy/stock");
  for (int i = 0; i <= 99; ++i) CHECK(name("/shops/quiet/stock") == "/shops/quiet/stock");
  for (std::size_t i = 0; i < 18; ++i) name("/shops/" + word(i));
  CHECK(name("/shops/twenty-first/stock") == "/shops/{id}/stock");
  CHECK(name("/shops/busy/stock") == "/shops/busy/stock");
  CHECK(name("/shops/busy/till") == "/shops/busy/till");
  CHECK(name("/shops/quiet/stock") == "/shops/{id}/stock");
  CHECK(name("/shops/" + word(0)) == "/shops/{id}");
  CHECK(name("/shops/42") == "/shops/{id}");
  CHECK(name("/shops/42/stock") == "/shops/{id}/stock");
  CHECK(name("/other/quiet") == "/other/quiet");
}

TEST_CASE("values are no words: any number of them leaves a level as it is") {
  RouteTable table;
  for (int i = 0; i < 1000; ++i) table.route_of("/a/" + std::to_string(i), 200);
  for (std::size_t i = 0; i < 20; ++i) {
    CHECK(table.name(table.route_of("/a/" + word(i), 200)) == "/a/" + word(i));
  }
}

TEST_CASE("a collapsed level collapses the next ones in their turn") {
  RouteTable table;
  for (std::size_t i = 0; i < 30; ++i) {
    for (std::size_t j = 0; j < 3; ++j)
      table.route_of("/" + word(i) + "/" + word(j + 100 * i), 200);
  }
  CHECK(table.name(table.route_of("/new/newer", 200)) == "/{id}/{id}");
  CHECK(table.size() < 202);
}

TEST_CASE("with --routes off all calls share one route") {
  RouteTable table({RouteSource::Off, {}});
  for (const char* path : {"/", "/a", "*", "db:1"}) {
    CHECK(table.name(table.route_of(path, 200)) == "{all}");
    CHECK(table.name(table.route_of(path, 404)) == "{all}");
  }
  CHECK(table.size() == 3);
}

TEST_CASE("with --routes explicit what no template fits is {other}, a 404 too") {
  RouteTable table({RouteSource::Explicit, templates({"/users/{id}"})});
  CHECK(table.name(table.route_of("/users/alice", 404)) == "/users/{id}");
  for (const char* path : {"/", "/users", "/users/a/b", "*", "db:1"}) {
    CHECK(table.route_of(path, 200) == RouteTable::kOther);
    CHECK(table.route_of(path, 404) == RouteTable::kOther);
  }
}

TEST_CASE("guesses leave the places that templates need") {
  std::vector<std::string> declared;
  for (std::size_t i = 0; i < 150; ++i) declared.push_back("/api/" + word(i));
  RouteTable table({RouteSource::Auto, templates(declared)});
  for (std::size_t i = 0; i < 300; ++i) {
    const auto id = table.route_of("/" + word(i % 17) + "/" + word(i / 17), 200);
    CHECK((id == RouteTable::kOther) == (i >= 50));
  }
  for (const auto& path : declared) CHECK(table.name(table.route_of(path, 404)) == path);
  CHECK(table.size() == 202);
}

TEST_CASE("beyond 200 templates the first that are called have a route") {
  std::vector<std::string> declared;
  for (std::size_t i = 0; i < 250; ++i) declared.push_back("/api/" + word(i));
  RouteTable table({RouteSource::Auto, templates(declared)});
  CHECK(table.route_of("/guess", 200) == RouteTable::kOther);
  for (std::size_t i = 250; i-- > 0;) {
    CHECK((table.route_of(declared[i], 200) == RouteTable::kOther) == (i < 50));
  }
}

}  // namespace
}  // namespace meshctl::telemetry
