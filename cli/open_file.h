#pragma once

#include <string>
#include <string_view>

#include "cli/file_io.h"

namespace meshctl::cli {

/// Owns a file descriptor beyond the standard streams; closes it at the end of its scope.
class OpenFile {
 public:
  explicit OpenFile(int fd);
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile();

  int fd() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_;
};

/// Writes all of `text`. 0, or the errno of the write that failed.
[[nodiscard]] int write_all(int fd, std::string_view text);

/// `cannot VERB PATH: ` and the system's words for `error`.
[[nodiscard]] FileError cannot(std::string_view verb, const std::string& path, int error);

}  // namespace meshctl::cli
