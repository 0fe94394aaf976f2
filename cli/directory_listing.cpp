#include "cli/directory_listing.h"

#include <dirent.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <string_view>

#include "cli/open_file.h"

namespace meshctl::cli {
namespace {

constexpr std::array<std::string_view, 3> kExtensions{".yml", ".yaml", ".json"};

/// chosen: as many folders are looked into for a hint.
constexpr std::size_t kMaxFoldersForHint = 1000;

/// What is in one folder.
struct Listing {
  std::vector<std::string> manifests;
  std::vector<std::string> folders;
};

bool is_manifest_name(std::string_view name) {
  return std::ranges::any_of(kExtensions,
                             [&](std::string_view ending) { return name.ends_with(ending); });
}

void add_entry(const std::string& path, std::string_view name, Listing& listing) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return;  // gone meanwhile
  if (S_ISDIR(status.st_mode)) {
    listing.folders.push_back(path);
    return;
  }
  if (!is_manifest_name(name)) return;
  // A link that leads nowhere is listed: reading it says what is wrong. A pipe would block.
  const bool leads_nowhere = S_ISLNK(status.st_mode) && ::stat(path.c_str(), &status) != 0;
  if (leads_nowhere || S_ISREG(status.st_mode)) listing.manifests.push_back(path);
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};

Result<Listing, FileError> list(const std::string& directory) {
  const std::unique_ptr<DIR, CloseFolder> open(::opendir(directory.c_str()));
  if (!open) return fail(cannot("read", directory, errno));
  const std::string prefix = directory.ends_with('/') ? directory : directory + "/";
  Listing listing;
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(open.get());
    if (entry == nullptr && errno != 0) return fail(cannot("read", directory, errno));
    if (entry == nullptr) return listing;
    const std::string_view name = entry->d_name;
    if (!name.starts_with('.')) add_entry(prefix + entry->d_name, name, listing);
  }
}

bool holds_manifests_below(std::vector<std::string> folders) {
  for (std::size_t seen = 0; !folders.empty() && seen < kMaxFoldersForHint; ++seen) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    auto listing = list(folder);
    if (!listing) continue;
    if (!listing->manifests.empty()) return true;
    std::ranges::move(listing->folders, std::back_inserter(folders));
  }
  return false;
}

}  // namespace

Result<std::vector<std::string>, FileError> list_manifests(const std::string& directory,
                                                           bool is_recursive) {
  auto top = list(directory);
  if (!top) return fail(std::move(top.error()));
  std::vector<std::string> manifests = std::move(top->manifests);
  auto folders = top->folders;
  while (is_recursive && !folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    auto listing = list(folder);
    if (!listing) return fail(std::move(listing.error()));
    std::ranges::move(listing->manifests, std::back_inserter(manifests));
    std::ranges::move(listing->folders, std::back_inserter(folders));
  }
  std::ranges::sort(manifests);
  if (!manifests.empty()) return manifests;
  const bool is_below = !is_recursive && holds_manifests_below(std::move(top->folders));
  return fail(FileError{directory,
                        fmt::format("{} holds no manifests (*.yml, *.yaml, *.json)", directory),
                        is_below ? "folders below it do: add -R" : ""});
}

}  // namespace meshctl::cli
