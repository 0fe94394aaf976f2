#include <doctest/doctest.h>

#include <fstream>
#include <regex>
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

std::vector<std::smatch> all_of(const std::string& text, const char* pattern) {
  const std::regex expression(pattern);
  return {std::sregex_iterator(text.begin(), text.end(), expression), std::sregex_iterator()};
}

constexpr const char* kRow = "\\| `([^`]+)` \\| `([^`]+)` \\|";

TEST_CASE("the guesses in docs/routes.md are those that are made") {
  const auto text = section("## Segment rules");
  const auto rows = all_of(text, kRow);
  REQUIRE(rows.size() == 29);
  for (const auto& row : rows) {
    RouteTable table;
    CHECK(table.name(table.route_of(row[1].str(), 200)) == row[2].str());
  }
}

TEST_CASE("the templates in docs/routes.md win as it says") {
  const auto text = section("## Templates");
  std::vector<std::string> declared;
  for (const auto& flag : all_of(text, "--route '([^']+)'")) declared.push_back(flag[1].str());
  REQUIRE(declared.size() == 6);
  RouteTable table({RouteSource::Auto, templates(declared)});
  const auto rows = all_of(text, kRow);
  REQUIRE(rows.size() == 11);
  for (const auto& row : rows) {
    CHECK(table.name(table.route_of(row[1].str(), 200)) == row[2].str());
  }
}

}  // namespace
}  // namespace meshctl::telemetry
