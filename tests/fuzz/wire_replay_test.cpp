#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/wire_properties.h"

namespace meshctl::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  if (!fs::exists(folder)) return files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

TEST_CASE("what the fuzzers reached, and what they once broke, is read alike wherever it is cut") {
  struct Row {
    const char* name;
    std::string (*broken)(std::string_view);
  };
  const Row rows[] = {
      {"detector", broken_detector},   {"http1", broken_http1}, {"http2", broken_http2},
      {"websocket", broken_websocket}, {"tls", broken_tls},     {"tap", broken_tap},
  };
  for (const Row& row : rows) {
    const auto tests = fs::path(MESHCTL_SOURCE_DIR) / "tests" / "fuzz";
    auto files = files_below(tests / "corpus" / row.name);
    CAPTURE(row.name);
    REQUIRE(!files.empty());
    for (const fs::path& file : files_below(tests / "regressions" / row.name))
      files.push_back(file);
    for (const fs::path& file : files) {
      std::ifstream stream(file, std::ios::binary);
      std::ostringstream text;
      text << stream.rdbuf();
      CAPTURE(file.string());
      CHECK(row.broken(text.str()) == "");
    }
  }
}

}  // namespace
}  // namespace meshctl::fuzz
