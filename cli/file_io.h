#pragma once

#include <string>
#include <string_view>

#include "runtime/base/result.h"

namespace meshctl::cli {

/// A file operation that did not work, for the person who named the file.
struct FileError {
  std::string problem;
  std::string hint;
};

/// How the user calls standard input in messages.
inline constexpr std::string_view kStandardInput = "standard input";

/// All bytes of `path`; of standard input for `-`.
[[nodiscard]] Result<std::string, FileError> read_file(const std::string& path);

/// Writes all of `text` to standard output.
[[nodiscard]] Result<void, FileError> write_standard_output(std::string_view text);

/// Makes `text` the content of `path`: as a whole or, if anything fails, not at all (a temporary
/// file beside it, fsync, rename; the mode of an existing file is kept). A device or pipe is
/// written to directly.
[[nodiscard]] Result<void, FileError> write_file(const std::string& path, std::string_view text);

}  // namespace meshctl::cli
