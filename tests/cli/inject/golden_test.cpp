#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/inject/manifests.h"

// tests/golden/<case>/ holds in.yaml, args (`--name value` pairs), stderr, and out.yaml if there is
// any output. The target update-golden writes the last two anew.

namespace meshctl::inject {
namespace {

namespace fs = std::filesystem;

const fs::path kGolden = fs::path(MESHCTL_SOURCE_DIR) / "tests" / "golden";

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const fs::path& path, const std::string& text) {
  std::ofstream(path, std::ios::binary) << text;
}

struct Flags {
  Settings settings = default_settings("0.1.0");
  Emit emit = Emit::All;
};

Flags flags_of(const std::string& args) {
  Flags flags;
  std::istringstream words(args);
  std::string flag;
  std::string value;
  while (words >> flag >> value) {
    if (flag == "--emit") {
      flags.emit = value == "services" ? Emit::Services : Emit::Workloads;
      continue;
    }
    const auto specs = setting_specs();
    const auto spec = std::ranges::find_if(
        specs, [&](const SettingSpec& each) { return "--" + std::string(each.name) == flag; });
    REQUIRE(spec != specs.end());
    REQUIRE(spec->apply(value, flags.settings));
  }
  return flags;
}

/// The first line where the two differ, with both versions.
std::string diff(const std::string& want, const std::string& got) {
  std::istringstream wanted(want);
  std::istringstream given(got);
  std::string a;
  std::string b;
  for (int line = 1;; ++line) {
    const bool has_a = static_cast<bool>(std::getline(wanted, a));
    const bool has_b = static_cast<bool>(std::getline(given, b));
    if (!has_a && !has_b) return "the final newline differs";
    if (!has_a || !has_b || a != b) {
      return "line " + std::to_string(line) + "\n-" + (has_a ? a : "(end)") + "\n+" +
             (has_b ? b : "(end)");
    }
  }
}

void check_file(const fs::path& path, const std::string& got) {
  if (std::getenv("MESHCTL_UPDATE_GOLDEN") != nullptr) {
    got.empty() && path.filename() == "out.yaml" ? (void)fs::remove(path) : write(path, got);
    return;
  }
  const auto want = read(path);
  CHECK_MESSAGE(got == want, path.string() << ": " << diff(want, got));
}

TEST_CASE("golden manifests come out to the byte, with the words that belong to them") {
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(kGolden)) cases.push_back(entry.path());
  std::ranges::sort(cases);
  REQUIRE(cases.size() > 20);
  for (const fs::path& folder : cases) {
    CAPTURE(folder.filename().string());
    const auto input = read(folder / "in.yaml");
    const auto flags = flags_of(read(folder / "args"));
    const auto outcome = inject_manifests({{"in.yaml", input}}, flags.settings, flags.emit);
    std::string said;
    for (const Diagnostic& problem : outcome.problems) said += render(problem);
    if (!outcome.is_refused()) {
      for (const ObjectReport& each : outcome.reports) said += describe(each) + "\n";
    }
    check_file(folder / "stderr", said);
    check_file(folder / "out.yaml", outcome.is_refused() ? "" : outcome.texts.at(0));
    if (outcome.is_refused() || flags.emit != Emit::All) continue;
    CHECK(uninject_manifests({{"in.yaml", outcome.texts.at(0)}}).texts.at(0) == input);
  }
}

TEST_CASE("golden inputs of the article are the examples") {
  for (const char* name : {"pod", "two-containers", "web-and-proxy", "mis-indented"}) {
    CAPTURE(name);
    const auto example =
        read(fs::path(MESHCTL_SOURCE_DIR) / "examples" / "article" / (std::string(name) + ".yml"));
    CHECK_FALSE(example.empty());
    CHECK(example == read(kGolden / (std::string("article-") + name) / "in.yaml"));
  }
}

}  // namespace
}  // namespace meshctl::inject
