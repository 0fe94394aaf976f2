#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace meshctl::cli {

/// The word of `known` that `word` was likely meant to be; nothing if none is near.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& known);

/// Refuses `--name=` with nothing behind it, where CLI11 would take the next word for the value;
/// most often a variable is not set. Nothing if there is none.
[[nodiscard]] std::optional<ExitCode> refuse_empty_values(int argc, const char* const* argv);

/// Answers a command line that CLI11 did not turn into a command: prints help or version and is
/// Done, or prints in one line what was not understood, with the nearest word that would have been,
/// and is Usage.
[[nodiscard]] ExitCode explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc,
                                     const char* const* argv);

}  // namespace meshctl::cli
