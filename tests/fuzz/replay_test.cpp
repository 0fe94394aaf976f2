#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/fuzz/inject_properties.h"

namespace meshctl::inject {
namespace {

namespace fs = std::filesystem;

const fs::path kTests = fs::path(MESHCTL_SOURCE_DIR) / "tests";

std::vector<fs::path> files_below(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void replay(const fs::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  CAPTURE(file.string());
  CHECK(broken_promise(text.str()) == "");
}

TEST_CASE("what the fuzzer reached, and what it once broke, keeps all promises of inject") {
  for (const char* folder : {"corpus", "regressions"}) {
    const auto files = files_below(kTests / "fuzz" / folder / "inject");
    REQUIRE(!files.empty());
    for (const fs::path& file : files) replay(file);
  }
}

TEST_CASE("golden manifests keep all promises of inject, and so do their results") {
  const auto files = files_below(kTests / "golden");
  REQUIRE(files.size() > 100);
  for (const fs::path& file : files) {
    if (file.extension() == ".yaml") replay(file);
  }
}

}  // namespace
}  // namespace meshctl::inject
