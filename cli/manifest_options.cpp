#include "cli/manifest_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

namespace meshctl::cli {
namespace {

/// What oc and kubectl take behind -o; those with a value behind `=` too.
constexpr std::array<std::string_view, 4> kFormats{"yaml", "json", "name", "wide"};
constexpr std::array<std::string_view, 9> kFormatsWithValue{
    "jsonpath", "jsonpath-file", "jsonpath-as-json", "go-template",        "go-template-file",
    "template", "templatefile",  "custom-columns",   "custom-columns-file"};

bool looks_like_format(std::string_view output) {
  const auto name = output.substr(0, output.find('='));
  return std::ranges::find(kFormats, output) != kFormats.end() ||
         std::ranges::find(kFormatsWithValue, name) != kFormatsWithValue.end();
}

std::optional<FileError> contradiction_of_in_place(const ManifestOptions& options) {
  if (!options.in_place) return std::nullopt;
  if (!options.output.empty()) {
    return FileError{"", "-i and -o were both given",
                     "-i writes each result into its own file, -o all of them into one"};
  }
  if (options.diff || options.check) {
    return FileError{
        "", fmt::format("-i and {} were both given", options.diff ? "--diff" : "--check"),
        fmt::format("-i writes files, {} writes none", options.diff ? "--diff" : "--check")};
  }
  const auto has_stdin = [](const std::vector<std::string>& files) {
    return std::ranges::find(files, "-") != files.end();
  };
  const bool names_none = options.files.empty() && options.filenames.empty();
  if (names_none || has_stdin(options.files) || has_stdin(options.filenames)) {
    return FileError{"", "-i replaces files, and standard input is none", "name the files"};
  }
  return std::nullopt;
}

}  // namespace

void refuse_empty(CLI::Option& option) {
  // The words are those of usage.cpp for a value that is missing.
  option.check(CLI::Validator(
      [](const std::string& value) { return std::string(value.empty() ? "needs a value" : ""); },
      ""));
}

void add_manifest_options(CLI::App& command, ManifestOptions& options) {
  command
      .add_option("FILE", options.files,
                  "files or folders of manifests; - is standard input (default: standard input, "
                  "if piped)")
      ->type_name("");
  auto* filename =
      command.add_option("-f,--filename", options.filenames, "the same, as oc takes it")
          ->type_name("FILE")
          ->allow_extra_args(false);
  refuse_empty(*filename);
  command.add_flag("-R,--recursive", options.recursive, "read folders with all folders below them");
  auto* output =
      command.add_option("-o,--output", options.output, "file to write (default: standard output)")
          ->type_name("FILE");
  refuse_empty(*output);
  command.add_flag("-i,--in-place", options.in_place, "replace each file by its result");
  command.add_flag("--diff", options.diff, "write what would change as a patch, and no manifest");
  command.add_flag("--check", options.check, "write nothing; exit 3 if anything would change");
  auto* messages = command
                       .add_option("--messages", options.messages,
                                   "text, or json: standard error is one JSON document")
                       ->type_name("FORMAT")
                       ->capture_default_str();
  refuse_empty(*messages);
  command.add_flag("-q,--quiet", options.quiet, "print warnings and errors only");
}

std::optional<FileError> contradiction_in(const ManifestOptions& options) {
  if (options.messages != "text" && !options.wants_json()) {
    return FileError{"", fmt::format("--messages: there is no format '{}'", options.messages),
                     "write text or json"};
  }
  if (looks_like_format(options.output)) {
    return FileError{
        "", fmt::format("-o takes a file, and '{}' looks like a format", options.output),
        fmt::format("each document keeps its format; a file of that name is ./{}", options.output)};
  }
  if (options.output.starts_with('-') && options.output != "-") {
    return FileError{"",
                     fmt::format("-o takes a file, and '{}' looks like an option", options.output),
                     fmt::format("a file of that name is ./{}", options.output)};
  }
  if (!options.output.empty() && (options.diff || options.check)) {
    const std::string_view flag = options.diff ? "--diff" : "--check";
    return FileError{"", fmt::format("-o and {} were both given", flag),
                     options.diff ? "--diff writes to standard output; redirect it with >"
                                  : "--check writes no manifests"};
  }
  return contradiction_of_in_place(options);
}

}  // namespace meshctl::cli
