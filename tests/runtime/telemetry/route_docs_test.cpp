#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "runtime/telemetry/route_table.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

/// docs/routes.md from the line that is `heading` to the next heading.
std::string section(const std::string& heading) {
  std::ifstream file(std::string(MESHCTL_SOURCE_DIR) + "/docs/routes.md");
  std::string line;
  std::ostringstream text;
  bool is_inside = false;
  while (std::getline(file, line)) {
    if (line.starts_with("#")) is_inside = line == heading;
    if (is_inside) text << line << "\n";
  }
  return text.str();
}

/// What stands between `begin` and the next `end`, each time.
std::vector<std::string> all_between(const std::string& text, const std::string& begin,
                                     const std::string& end) {
  std::vector<std::string> found;
  for (auto at = text.find(begin); at != std::string::npos; at = text.find(begin, at)) {
    at += begin.size();
    found.push_back(text.substr(at, text.find(end, at) - at));
  }
  return found;
}

struct DocumentedRoute {
  std::string path;
  std::string route;
};

/// The rows of a table: `| `path` | `route` | why |`.
std::vector<DocumentedRoute> rows_of(const std::string& text) {
  std::vector<DocumentedRoute> rows;
  for (const auto& row : all_between(text, "\n| `", " |\n")) {
    const auto cells = all_between("`" + row, "`", "`");
    rows.push_back({cells.at(0), cells.at(2)});
  }
  return rows;
}

TEST_CASE("the guesses in docs/routes.md are those that are made") {
  const auto text = section("## Segment rules");
  const auto rows = rows_of(text);
  REQUIRE(rows.size() == 29);
  for (const auto& row : rows) {
    RouteTable table;
    CHECK(table.name(table.route_of(row.path, 200)) == row.route);
  }
}

TEST_CASE("the templates in docs/routes.md win as it says") {
  const auto text = section("## Templates");
  const auto declared = all_between(text, "--route '", "'");
  REQUIRE(declared.size() == 6);
  RouteTable table({RouteSource::Auto, templates(declared)});
  const auto rows = rows_of(text);
  REQUIRE(rows.size() == 11);
  for (const auto& row : rows) {
    CHECK(table.name(table.route_of(row.path, 200)) == row.route);
  }
}

}  // namespace
}  // namespace meshctl::telemetry
