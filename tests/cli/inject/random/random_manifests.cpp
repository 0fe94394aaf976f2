// random_manifests FOLDER FROM COUNT: random manifests and what inject makes of them, for checks by
// programs that share nothing with it (tests/integration/test_inject_properties.py).
// FOLDER/in/N.yaml and FOLDER/out/N.yaml belong together; what is refused goes to
// FOLDER/refused/N.yaml. The problems are in N.txt beside out/N.yaml or refused/N.yaml, a line
// each: `warning: what is wrong`. Existing files are replaced.
#include <fmt/format.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "cli/inject/manifests.h"
#include "tests/cli/inject/random/random_manifest.h"

namespace {

using namespace meshctl::inject;

void write(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  if (!file.flush()) {
    fmt::print(stderr, "cannot write {}\n", path.string());
    std::exit(1);
  }
}

std::string_view word_for(Severity severity) {
  switch (severity) {
    case Severity::Error: return "error";
    case Severity::Warning: return "warning";
    case Severity::Note: return "note";
  }
  return "";
}

std::string said(const Outcome& outcome) {
  std::string lines;
  for (const Diagnostic& each : outcome.problems) {
    lines += fmt::format("{}: {}\n", word_for(each.severity), each.problem);
  }
  return lines;
}

void write_both(const std::filesystem::path& folder, std::uint64_t seed) {
  const auto manifest = random_manifest(seed);
  const auto outcome =
      inject_manifests({{"stdin", manifest.text}}, default_settings(MESHCTL_VERSION));
  const auto name = fmt::format("{:07}", seed);
  write(folder / (outcome.is_refused() ? "refused" : "out") / (name + ".txt"), said(outcome));
  if (outcome.is_refused()) return write(folder / "refused" / (name + ".yaml"), manifest.text);
  write(folder / "in" / (name + ".yaml"), manifest.text);
  write(folder / "out" / (name + ".yaml"), outcome.texts.at(0));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    fmt::print(stderr, "usage: random_manifests FOLDER FROM COUNT\n");
    return 2;
  }
  const std::filesystem::path folder = argv[1];
  for (const auto* part : {"in", "out", "refused"}) {
    std::filesystem::create_directories(folder / part);
  }
  const auto from = std::strtoull(argv[2], nullptr, 10);
  const auto count = std::strtoull(argv[3], nullptr, 10);
  for (auto seed = from; seed < from + count; ++seed) write_both(folder, seed);
}
