#include "cli/manifest_inputs.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string_view>
#include <unordered_map>

#include "cli/directory_listing.h"

namespace meshctl::cli {
namespace {

InputRefusal usage(std::string problem, std::string hint) {
  return {ExitCode::Usage, {{"", std::move(problem), std::move(hint)}}};
}

bool is_directory(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// The same text for the same file, by whichever path. A process substitution has no other path.
std::string identity_of(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
}

/// oc and kubectl take these behind -f.
bool is_url(std::string_view path) {
  return path.starts_with("http://") || path.starts_with("https://");
}

/// Two results for one file make no sense, and two copies in one stream neither.
Result<void, InputRefusal> refuse_twice(const std::vector<std::string>& paths) {
  if (std::ranges::count(paths, "-") > 1) {
    return fail(usage("standard input was named twice", "it can be read only once"));
  }
  std::unordered_map<std::string, const std::string*> seen;
  for (const std::string& path : paths) {
    if (path == "-") continue;
    const auto [first, is_new] = seen.emplace(identity_of(path), &path);
    if (is_new) continue;
    const std::string& other = *first->second;
    return fail(usage(other == path ? fmt::format("{} was named twice", path)
                                    : fmt::format("{} and {} are the same file", other, path),
                      "name each file once"));
  }
  return {};
}

Result<void, InputRefusal> refuse_in_place(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    struct stat status {};
    if (::stat(path.c_str(), &status) != 0 || S_ISREG(status.st_mode)) continue;
    return fail(
        usage(fmt::format("-i replaces files, and {} is none", path), "write it to -o FILE"));
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>, InputRefusal> find_inputs(const ManifestOptions& options) {
  auto named = options.filenames;
  named.insert(named.end(), options.files.begin(), options.files.end());
  if (named.empty()) {
    if (::isatty(STDIN_FILENO) == 1) {
      return fail(
          usage("no manifest was named", "give a file or a folder, or - for standard input"));
    }
    return std::vector<std::string>{"-"};
  }
  std::vector<std::string> paths;
  InputRefusal refusal;
  for (std::string& name : named) {
    if (name.empty()) return fail(usage("a file name is empty", "is a variable not set?"));
    if (name == "-" || !is_directory(name)) {
      paths.push_back(std::move(name));
      continue;
    }
    auto listed = list_manifests(name, options.recursive);
    if (listed) {
      std::ranges::move(*listed, std::back_inserter(paths));
    } else {
      refusal.reasons.push_back(std::move(listed.error()));
    }
  }
  if (auto once = refuse_twice(paths); !once) return fail(std::move(once.error()));
  if (options.in_place) {
    if (auto files = refuse_in_place(paths); !files) return fail(std::move(files.error()));
  }
  if (!refusal.reasons.empty()) return fail(std::move(refusal));
  return paths;
}

Result<std::vector<inject::Manifest>, InputRefusal> read_inputs(
    const std::vector<std::string>& paths, ProgressLine& progress) {
  std::vector<inject::Manifest> manifests;
  InputRefusal refusal;
  progress.begin("reading", paths.size());
  for (const std::string& path : paths) {
    auto text = read_file(path);
    progress.advance();
    if (!text) {
      if (is_url(path))
        text.error().hint = "fetch it first, as in `curl -fL URL | meshctl inject -`";
      refusal.reasons.push_back(std::move(text.error()));
      continue;
    }
    manifests.push_back({path == "-" ? std::string(kStandardInput) : path, std::move(*text)});
  }
  if (!refusal.reasons.empty()) return fail(std::move(refusal));
  return manifests;
}

}  // namespace meshctl::cli
