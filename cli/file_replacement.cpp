#include "cli/file_replacement.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <optional>
#include <utility>

#include "cli/held_signals.h"
#include "cli/open_file.h"

namespace meshctl::cli {
namespace {

/// As many links as Linux follows (path_resolution(7)).
constexpr int kMaxLinks = 40;

/// The mode that a new file gets from open(2).
mode_t new_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

std::string folder_of(const std::string& path) {
  const auto slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

/// Where symbolic links lead in the end, so that they stay what they are. The file itself need not
/// exist. The errno on failure.
Result<std::string, int> target_of(std::string path) {
  for (int links = 0; links < kMaxLinks; ++links) {
    std::array<char, PATH_MAX> buffer{};
    const auto length = ::readlink(path.c_str(), buffer.data(), buffer.size());
    if (length < 0 && (errno == EINVAL || errno == ENOENT)) return path;  // no link, or nothing
    if (length < 0) return fail(errno);
    const std::string next(buffer.data(), static_cast<std::size_t>(length));
    path = next.starts_with('/') ? next : folder_of(path) + "/" + next;
  }
  return fail(ELOOP);
}

/// Gives the temporary file its content and what the file in whose place it goes has. 0 or errno.
int fill(int fd, std::string_view text, const std::optional<struct stat>& existing) {
  if (const int error = write_all(fd, text); error != 0) return error;
  // Only root may give files away; the group alone is often allowed. Before chmod, which it undoes.
  if (existing && ::fchown(fd, existing->st_uid, existing->st_gid) != 0) {
    (void)!::fchown(fd, static_cast<uid_t>(-1), existing->st_gid);
  }
  if (::fchmod(fd, existing ? existing->st_mode & 07777 : new_file_mode()) != 0) return errno;
  return ::fsync(fd) == 0 ? 0 : errno;
}

Result<void, FileError> write_directly(const std::string& path, std::string_view text) {
  const OpenFile file(::open(path.c_str(), O_WRONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(cannot("write", path, errno));
  if (const int error = write_all(file.fd(), text); error != 0) {
    return fail(cannot("write", path, error));
  }
  return {};
}

}  // namespace

FileReplacement::FileReplacement(std::string path, std::string target, std::string folder,
                                 std::string temporary)
    : path_(std::move(path)),
      target_(std::move(target)),
      folder_(std::move(folder)),
      temporary_(std::move(temporary)) {}

FileReplacement::FileReplacement(FileReplacement&& other) noexcept
    : path_(std::move(other.path_)),
      target_(std::move(other.target_)),
      folder_(std::move(other.folder_)),
      temporary_(std::exchange(other.temporary_, {})) {}

FileReplacement::~FileReplacement() {
  if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

Result<FileReplacement, FileError> FileReplacement::prepare(const std::string& path,
                                                            std::string_view text) {
  std::optional<struct stat> existing(std::in_place);
  if (::stat(path.c_str(), &*existing) != 0) existing.reset();
  if (existing && S_ISDIR(existing->st_mode)) return fail(cannot("write", path, EISDIR));
  // rename() would go round the protection of the file itself.
  if (existing && ::access(path.c_str(), W_OK) != 0) return fail(cannot("write", path, errno));
  auto target = target_of(path);
  if (!target) return fail(cannot("write", path, target.error()));
  const std::string folder = folder_of(*target);
  std::string temporary = folder + "/.meshctl-XXXXXX";
  const OpenFile file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return fail(cannot("write", path, errno));
  FileReplacement replacement(path, std::move(*target), folder, std::move(temporary));
  if (const int error = fill(file.fd(), text, existing); error != 0) {
    return fail(cannot("write", path, error));
  }
  return replacement;
}

Result<void, FileError> FileReplacement::commit() {
  if (::rename(temporary_.c_str(), target_.c_str()) != 0) {
    return fail(cannot("write", path_, errno));
  }
  temporary_.clear();
  return {};
}

void sync_folder(const std::string& folder) {
  const OpenFile file(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot; the new content is in its place all the same.
  if (file.is_open()) (void)::fsync(file.fd());
}

Result<void, FileError> write_file(const std::string& path, std::string_view text) {
  struct stat status {};
  if (::stat(path.c_str(), &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode)) {
    return write_directly(path, text);
  }
  const HeldSignals signals;
  auto replacement = FileReplacement::prepare(path, text);
  if (!replacement) return fail(std::move(replacement.error()));
  if (signals.has_come()) return {};  // the process ends once `signals` is gone
  if (auto placed = replacement->commit(); !placed) return placed;
  sync_folder(replacement->folder());
  return {};
}

}  // namespace meshctl::cli
