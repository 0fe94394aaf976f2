#include "cli/inject/port_ref.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cli/inject/document.h"

namespace meshctl::inject {
namespace {

/// What the value `text` of a key is as a port: its text, or empty.
std::string port_in(const std::string& text) {
  const SourceText source("f", "x: " + text + "\n");
  const auto document = parse_document(source, {0, source.bytes().size()});
  REQUIRE(document);
  REQUIRE(*document);
  const auto port = read_port(*find((*document)->root(), "x").value);
  return port ? port->text() : std::string();
}

// Each row was checked with `kubectl annotate --local -o json`.
TEST_CASE("a port is the number that kubectl reads") {
  struct Row {
    const char* text;
    const char* want;
  };
  const Row rows[] = {
      {"8087", "8087"},
      {"017623", "8083"},
      {"0o17", "15"},
      {"0O17", "15"},
      {"+0o17", "15"},
      {"0b1010", "10"},
      {"0x36b0", "14000"},
      {"0X36b0", "14000"},
      {"+0x10", "16"},
      {"0x_10", "16"},
      {"0x", ""},
      {"0o18", ""},
      {"0x1p4", ""},
      {"14_001", "14001"},
      {"65_535", "65535"},
      {"80_", "80"},
      {"_80", ""},
      {"+_80", "80"},
      {"08", "8"},
      {"0_8", "8"},
      {"00080", "80"},
      {"080_80", "8080"},
      {"+80", "80"},
      {"-80", ""},
      {"+-80", ""},
      {"8087.0", "8087"},
      {"8087.", "8087"},
      {"017623.0", "17623"},
      {"80.5", ""},
      {"8e3", "8000"},
      {"8.0e+3", "8000"},
      {".8e4", "8000"},
      {"1:20", ""},
      {"0", ""},
      {"65535", "65535"},
      {"65536", ""},
      {"99999999999999999999999", ""},
      {"http", ""},
      {"~", ""},
      {"[80]", ""},
      {"\"8087\"", ""},
      {"'8087'", ""},
      {"!!str 8087", ""},
      {"!!int \"8087\"", "8087"},
      {"!!int 8087", "8087"},
      {"${PORT}", "${PORT}"},
      {"\"${PORT}\"", "${PORT}"},
      {"'${{PORT_2}}'", "${PORT_2}"},
      {"'${}'", ""},
      {"'${{}}'", ""},
      {"'${A}${B}'", ""},
      {"'${A'", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    CHECK(port_in(row.text) == row.want);
  }
}

TEST_CASE("a port in a flag is digits or a parameter") {
  CHECK(port_from_text("80") == PortRef{80, {}});
  CHECK(port_from_text("${P}") == PortRef{0, "P"});
  CHECK(port_from_text("${{P}}") == PortRef{0, "P"});
  for (const auto* text : {"", "0", "65536", "+80", "0x50", "80 ", "8_0", "http", "80.0"}) {
    CAPTURE(text);
    CHECK_FALSE(port_from_text(text));
  }
}

}  // namespace
}  // namespace meshctl::inject
