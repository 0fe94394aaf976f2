#include "cli/file_io.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <vector>

#include "cli/open_file.h"

namespace meshctl::cli {
namespace {

FileError cannot_read(const std::string& path, int error) {
  if (error == EBADF) return {path, fmt::format("{} is closed", path), "name a file"};
  return cannot("read", path, error);
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
  if (error == EBADF) {
    return fail(FileError{"", "standard output is closed", "write it to -o FILE"});
  }
  if (error == EPIPE) {
    return fail(FileError{"", "cannot write standard output: its reader went away", ""});
  }
  FileError failed = cannot("write", "standard output", error);
  failed.file.clear();
  return fail(std::move(failed));
}

}  // namespace meshctl::cli
