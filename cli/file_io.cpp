#include "cli/file_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <memory>
#include <vector>

#include "cli/error_line.h"

namespace meshctl::cli {
namespace {

/// Closes a file descriptor at the end of its scope.
class OpenFile {
 public:
  explicit OpenFile(int fd) : fd_(fd) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// 0, or the errno of the write that failed.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(fd, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

FileError cannot(std::string_view verb, std::string_view what, int error) {
  return {fmt::format("cannot {} {}: {}", verb, what, system_words(error)), ""};
}

FileError cannot_read(const std::string& path, int error) {
  if (error == EISDIR) {
    return {fmt::format("{} is a directory", path),
            fmt::format("name its files, as in {}/*.yaml", path)};
  }
  if (error == EBADF) return {fmt::format("{} is closed", path), "name a file"};
  return cannot("read", path, error);
}

/// The mode that a new file gets from open(2).
mode_t new_file_mode() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return 0666 & ~mask;
}

/// Where a symbolic link leads, so that the link stays one.
std::string target_of(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real ? std::string(real.get()) : path;
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

Result<std::string, FileError> read_file(const std::string& path) {
  const bool is_stdin = path == "-";
  const std::string name = is_stdin ? std::string(kStandardInput) : path;
  const OpenFile file(is_stdin ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.is_open()) return fail(cannot_read(name, errno));
  std::string text;
  std::vector<char> buffer(64 * 1024);
  while (true) {
    const auto count = ::read(file.fd(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(cannot_read(name, errno));
    if (count == 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
}

Result<void, FileError> write_standard_output(std::string_view text) {
  // A write of nothing succeeds anywhere, even on a closed descriptor of some kinds.
  const int error = write_all(STDOUT_FILENO, text);
  if (error == 0) return {};
  if (error == EBADF) return fail(FileError{"standard output is closed", "write it to -o FILE"});
  if (error == EPIPE) {
    return fail(FileError{"cannot write standard output: its reader went away", ""});
  }
  return fail(cannot("write", "standard output", error));
}

Result<void, FileError> write_file(const std::string& path, std::string_view text) {
  struct stat status {};
  const bool exists = ::stat(path.c_str(), &status) == 0;
  if (exists && S_ISDIR(status.st_mode)) return fail(cannot("write", path, EISDIR));
  if (exists && !S_ISREG(status.st_mode)) return write_directly(path, text);
  // rename() would go round the protection of the file itself.
  if (exists && ::access(path.c_str(), W_OK) != 0) return fail(cannot("write", path, errno));
  const std::string target = exists ? target_of(path) : path;
  std::string temporary = target + ".XXXXXX";
  const OpenFile file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (!file.is_open()) return fail(cannot("write", path, errno));
  int error = write_all(file.fd(), text);
  const mode_t mode = exists ? status.st_mode & 07777 : new_file_mode();
  if (error == 0 && ::fchmod(file.fd(), mode) != 0) error = errno;
  if (error == 0 && ::fsync(file.fd()) != 0) error = errno;
  if (error == 0 && ::rename(temporary.c_str(), target.c_str()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(temporary.c_str());
  return fail(cannot("write", path, error));
}

}  // namespace meshctl::cli
