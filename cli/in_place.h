#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/file_io.h"
#include "cli/progress_line.h"

namespace meshctl::cli {

/// A file and what it is to hold. Both are borrowed.
struct Rewrite {
  std::string_view path;
  std::string_view text;
};

/// How far replace_files() came.
struct Rewritten {
  std::size_t files = 0;  ///< the first so many were replaced
  std::optional<FileError> error;
};

/// Replaces the files one after another, each in one step, once the new content of all of them is
/// on disk: no space left, or a folder that cannot be written, leaves every file as it was. So does
/// a signal that ends the process before that point.
[[nodiscard]] Rewritten replace_files(const std::vector<Rewrite>& rewrites, ProgressLine& progress);

}  // namespace meshctl::cli
