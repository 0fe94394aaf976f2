#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace meshctl::cli {

/// A file operation that did not work, for the person who named the file.
struct FileError {
  std::string file;  ///< as it was named; empty: none, or several
  std::string problem;
  std::string hint;
};

/// How the user calls standard input in messages.
inline constexpr std::string_view kStandardInput = "standard input";

/// All bytes of `path`, which may be a pipe; of standard input for `-`.
[[nodiscard]] Result<std::string, FileError> read_file(const std::string& path);

/// Writes all of `text` to standard output.
[[nodiscard]] Result<void, FileError> write_standard_output(std::string_view text);

}  // namespace meshctl::cli
