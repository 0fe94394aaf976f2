#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/file_io.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace meshctl::cli {

/// What `inject` and `uninject` have in common, as it was given.
struct ManifestOptions {
  /// Both empty: standard input, unless it is a terminal.
  std::vector<std::string> filenames;  ///< given with -f; read before `files`
  std::vector<std::string> files;
  bool recursive = false;
  std::string output;  ///< as given; see writes_to_standard_output()
  bool in_place = false;
  bool diff = false;
  bool check = false;
  bool require_injected = false;  ///< `inject` only
  std::string messages = "text";
  bool quiet = false;

  bool wants_json() const { return messages == "json"; }
  /// A file behind /dev/stdout may be one that is appended to: it must not be replaced.
  bool writes_to_standard_output() const {
    return output.empty() || output == "-" || output == "/dev/stdout";
  }
};

/// Declares the options on the command of one of the two.
void add_manifest_options(CLI::App& command, ManifestOptions& options);

/// An empty value for `option` is a usage error: most often a variable that is not set.
void refuse_empty(CLI::Option& option);

/// Why the options make no sense together; nothing if they do.
[[nodiscard]] std::optional<FileError> contradiction_in(const ManifestOptions& options);

}  // namespace meshctl::cli
