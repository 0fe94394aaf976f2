#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/fuzz/routes_properties.h"

namespace meshctl::telemetry {
namespace {

namespace fs = std::filesystem;

TEST_CASE("what the fuzzer reached keeps all promises of routes") {
  std::size_t files = 0;
  for (const auto& entry :
       fs::directory_iterator(fs::path(MESHCTL_SOURCE_DIR) / "tests/fuzz/corpus/routes")) {
    std::ifstream stream(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << stream.rdbuf();
    CAPTURE(entry.path().string());
    CHECK(broken_route_promise(text.str()) == "");
    ++files;
  }
  CHECK(files > 10);
}

}  // namespace
}  // namespace meshctl::telemetry
