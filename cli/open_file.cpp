#include "cli/open_file.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

#include "cli/error_line.h"

namespace meshctl::cli {

OpenFile::OpenFile(int fd) : fd_(fd) {}

OpenFile::~OpenFile() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

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

FileError cannot(std::string_view verb, const std::string& path, int error) {
  return {path, fmt::format("cannot {} {}: {}", verb, path, system_words(error)), ""};
}

}  // namespace meshctl::cli
