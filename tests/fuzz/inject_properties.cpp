#include "tests/fuzz/inject_properties.h"

#include <algorithm>
#include <memory>
#include <vector>

#include "cli/inject/manifest_file.h"
#include "cli/inject/manifests.h"
#include "cli/inject/objects.h"
#include "cli/inject/pointer.h"
#include "cli/inject/state.h"

namespace meshctl::inject {
namespace {

constexpr char kFileSeparator = '\x1C';

/// A broken promise, in words; empty if it holds.
using Breach = std::string;

/// What the bytes stand for.
struct Case {
  std::vector<Manifest> files;
  Settings a;
  Settings b;
  bool emits_parts = false;
};

Settings other_settings() {
  Settings settings = default_settings("2.0.0");
  settings.upstream = {{PortRef{1234, {}}, "127.0.0.1"}, {PortRef{5678, {}}}};
  settings.native_sidecar = NativeSidecar::Always;
  settings.dashboard = "http://d:1";
  settings.admin_port = 9000;
  settings.image = "other:2";
  return settings;
}

Settings bare_settings() {
  Settings settings = default_settings("3.0.0");
  settings.traffic = Traffic::None;
  settings.native_sidecar = NativeSidecar::Never;
  settings.upstream_auto = true;
  settings.env = {{"A", "1"}, {"B", "it's"}};
  settings.args = {"--interval=5s"};
  return settings;
}

Case case_of(std::string_view input) {
  const int options = !input.empty() && input[0] >= 1 && input[0] <= 4 ? input[0] - 1 : 0;
  if (!input.empty() && input[0] >= 1 && input[0] <= 4) input.remove_prefix(1);
  Case result{{}, default_settings("1.0.0"), other_settings(), (options & 2) != 0};
  if ((options & 1) != 0) result.a = bare_settings();
  const auto separator = input.find(kFileSeparator);
  result.files.push_back({"one", std::string(input.substr(0, separator))});
  if (separator != std::string_view::npos) {
    result.files.push_back({"two", std::string(input.substr(separator + 1))});
  }
  return result;
}

std::vector<Manifest> as_files(const std::vector<std::string>& texts) {
  std::vector<Manifest> files;
  for (const std::string& text : texts) files.push_back({files.empty() ? "one" : "two", text});
  return files;
}

/// What must hold of any outcome: a refusal is the manifest's fault, and says where.
Breach check_problems(const Outcome& outcome, const std::vector<Manifest>& files) {
  for (const Diagnostic& problem : outcome.problems) {
    const auto text = render(problem);
    // As a whole: libFuzzer finds words that are looked for, and writes them into keys.
    if (problem.problem.starts_with("the result did not pass its own check")) {
      return "it blames itself: " + text;
    }
    const auto file = std::ranges::find(files, problem.file, &Manifest::name);
    if (problem.place.line == 0) continue;
    if (file == files.end()) return "a problem in no file: " + text;
    const auto lines = std::ranges::count(file->bytes, '\n') + 1;
    if (problem.place.line > static_cast<std::size_t>(lines)) {
      return "a problem behind the end of the file: " + text;
    }
  }
  return "";
}

/// The files as they are read; a problem is a breach, for we wrote them.
Breach read_back(const std::vector<std::string>& texts, std::vector<ManifestFile>& files) {
  for (const std::string& text : texts) {
    Diagnostics problems;
    files.push_back(ManifestFile::read(std::make_shared<const SourceText>("out", text), problems));
    if (!problems.empty()) return "the result does not parse: " + render(problems.front());
  }
  return "";
}

/// Whether an injected file was only added to: nothing in it stands in the place of something else.
bool is_only_added_to(const ManifestFile& file) {
  for (const Document& document : file.documents) {
    for (const FoundObject& object : find_objects(document)) {
      const auto chain = follow(*object.node, kStatePointer);
      if (chain.empty()) continue;
      const auto state = read_state(chain.back()->value);
      if (!state) return false;
      if (!state->replaced.empty() || !state->rewritten.empty() || !state->taken.empty()) {
        return false;
      }
    }
  }
  return true;
}

bool is_subsequence(std::string_view part, std::string_view whole) {
  auto next = part.begin();
  for (const char each : whole) {
    if (next != part.end() && *next == each) ++next;
  }
  return next == part.end();
}

/// Whether two outcomes are the same refusal or the same result.
bool agree(const Outcome& a, const Outcome& b) {
  return a.is_refused() == b.is_refused() && (a.is_refused() || a.texts == b.texts);
}

/// `clean` is the input without earlier injections, `once` what became of it.
Breach check_result(const Case& input, const Outcome& clean, const Outcome& once) {
  if (once.texts.size() != input.files.size()) return "there are other files than were given";
  std::vector<ManifestFile> files;
  auto breach = read_back(once.texts, files);
  if (!breach.empty()) return breach;
  for (std::size_t i = 0; i < files.size(); ++i) {
    if (is_only_added_to(files[i]) && !is_subsequence(clean.texts.at(i), once.texts[i])) {
      return "bytes of the input are gone";
    }
  }
  const auto injected = as_files(once.texts);
  const auto back = uninject_manifests(injected);
  breach = check_problems(back, injected);
  if (!breach.empty()) return breach;
  if (!agree(back, clean)) return "uninject does not give the input back";
  // One of the two, for speed: both are the same to the code.
  if (once.texts.front().size() % 2 == 0) {
    return agree(inject_manifests(injected, input.a), once) ? "" : "twice is not once";
  }
  const bool is_same =
      agree(inject_manifests(injected, input.b), inject_manifests(input.files, input.b));
  return is_same ? "" : "again with other settings is not once with them";
}

Breach check_uninject(const Case& input, const Outcome& clean) {
  const auto breach = check_problems(clean, input.files);
  if (!breach.empty() || clean.is_refused()) return breach;
  std::vector<ManifestFile> files;
  auto unreadable = read_back(clean.texts, files);
  if (!unreadable.empty()) return "uninject: " + unreadable;
  if (!clean.reports.empty()) return "";
  const bool is_same = std::ranges::equal(input.files, clean.texts, {}, &Manifest::bytes);
  return is_same ? "" : "uninject changes what never was injected";
}

/// `--emit` gives whole documents of what it would give in all.
Breach check_parts(const Case& input, const Outcome& all) {
  for (const Emit emit : {Emit::Workloads, Emit::Services}) {
    const auto part = inject_manifests(input.files, input.a, emit);
    auto breach = check_problems(part, input.files);
    if (!breach.empty() || part.is_refused()) return breach;
    std::vector<ManifestFile> files;
    breach = read_back(part.texts, files);
    if (!breach.empty()) return "--emit: " + breach;
    for (std::size_t i = 0; i < part.texts.size(); ++i) {
      if (all.is_refused()) return "--emit gives what inject refuses";
      if (!is_subsequence(part.texts[i], all.texts.at(i))) return "--emit gives other bytes";
    }
  }
  return "";
}

}  // namespace

std::string broken_promise(std::string_view bytes) {
  const Case input = case_of(bytes);
  const auto clean = uninject_manifests(input.files);
  auto breach = check_uninject(input, clean);
  if (!breach.empty()) return breach;
  const auto once = inject_manifests(input.files, input.a);
  breach = check_problems(once, input.files);
  if (!breach.empty()) return breach;
  if (!once.is_refused()) {
    if (clean.is_refused()) return "inject takes what uninject refuses";
    breach = check_result(input, clean, once);
  }
  if (breach.empty() && input.emits_parts) breach = check_parts(input, once);
  return breach;
}

}  // namespace meshctl::inject
