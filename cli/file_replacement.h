#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

#include "cli/file_io.h"
#include "runtime/base/result.h"

namespace meshctl::cli {

/// New content for a file that is on disk, beside the file, but not yet in its place. Until
/// commit() the file is as it was. The temporary file is named `.meshctl-XXXXXX`: hidden, without
/// the extension of a manifest. It is gone when this goes, but not after SIGKILL.
class FileReplacement {
 public:
  /// Writes `text` to a temporary file and waits until it is on disk. `path` need not exist; where
  /// it is a symbolic link, the file that it leads to is meant, even if that is not there yet. An
  /// existing file's mode is kept, and its owner where we may.
  static Result<FileReplacement, FileError> prepare(const std::string& path, std::string_view text);

  FileReplacement(FileReplacement&& other) noexcept;
  FileReplacement& operator=(FileReplacement&&) = delete;
  FileReplacement(const FileReplacement&) = delete;
  FileReplacement& operator=(const FileReplacement&) = delete;
  ~FileReplacement();

  /// Puts the content into its place, in one step.
  Result<void, FileError> commit();

  /// As it was named.
  const std::string& path() const { return path_; }
  /// The folder that holds the file; sync_folder() makes commit() last.
  const std::string& folder() const { return folder_; }

 private:
  FileReplacement(std::string path, std::string target, std::string folder, std::string temporary);

  std::string path_;
  std::string target_;
  std::string folder_;
  std::string temporary_;  ///< empty: there is none any more
};

/// Waits until the names in `folder` are on disk, where its file system can do that.
void sync_folder(const std::string& folder);

/// Makes `text` the content of `path`: as a whole or, if anything fails, not at all. A device or
/// pipe is written to directly.
[[nodiscard]] Result<void, FileError> write_file(const std::string& path, std::string_view text);

}  // namespace meshctl::cli
