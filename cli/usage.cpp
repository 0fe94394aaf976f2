#include "cli/usage.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <sstream>

#include <CLI/CLI.hpp>

#include "cli/error_line.h"
#include "cli/file_io.h"

namespace meshctl::cli {
namespace {

/// Insertions, deletions and replacements that lead from one word to the other.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, replaced});
    }
  }
  return row.back();
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::string meant(const std::optional<std::string>& word, const std::string& otherwise) {
  return word ? fmt::format("did you mean {}?", *word) : otherwise;
}

ExitCode refuse(const std::string& problem, const std::string& hint) {
  print_error(problem, hint);
  return ExitCode::Usage;
}

/// Prints the help or the version that was asked for.
ExitCode answer(const CLI::App& app, const CLI::ParseError& error) {
  std::ostringstream text;
  app.exit(error, text, text);
  const auto written = write_standard_output(text.str());
  if (written) return ExitCode::Done;
  print_error(written.error().problem, written.error().hint);
  return ExitCode::Failed;
}

bool begins_with_unknown_word(const CLI::App& app, int argc, const char* const* argv) {
  const auto names = command_names(app);
  return argc > 1 && !std::string_view(argv[1]).starts_with('-') &&
         std::ranges::find(names, argv[1]) == names.end();
}

ExitCode refuse_command(const CLI::App& app, int argc, const char* const* argv) {
  const auto names = command_names(app);
  const auto all = fmt::format("the commands are {}; see meshctl --help", fmt::join(names, ", "));
  if (argc < 2) return refuse("no command was given", all);
  const std::string_view word = argv[1];
  if (word.starts_with("-")) {
    return refuse(fmt::format("there is no option '{}'", word),
                  meant(nearest(word, option_names(app)), "see meshctl --help"));
  }
  return refuse(fmt::format("there is no command '{}'", word), meant(nearest(word, names), all));
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
  const std::string* best = nullptr;
  std::size_t best_distance = word.size() / 2 + 1;  // chosen: half the letters must be right
  for (const std::string& candidate : known) {
    const auto distance = edit_distance(word, candidate);
    if (distance >= best_distance) continue;
    best = &candidate;
    best_distance = distance;
  }
  return best == nullptr ? std::nullopt : std::optional(*best);
}

std::optional<ExitCode> refuse_empty_values(int argc, const char* const* argv) {
  for (int i = 2; i < argc; ++i) {
    const std::string_view word = argv[i];
    if (word == "--") break;  // behind it are no options
    if (!word.starts_with("--") || word.find('=') != word.size() - 1) continue;
    return refuse(fmt::format("{}: {} needs a value", argv[1], word.substr(0, word.size() - 1)),
                  fmt::format("see meshctl {} --help", argv[1]));
  }
  return std::nullopt;
}

ExitCode explain_usage(const CLI::App& app, const CLI::ParseError& error, int argc,
                       const char* const* argv) {
  if (error.get_exit_code() == 0) return answer(app, error);
  const auto chosen = app.get_subcommands();
  // A command further on is not the one that was asked for: `meshctl help inject`.
  if (chosen.empty() || begins_with_unknown_word(app, argc, argv)) {
    return refuse_command(app, argc, argv);
  }
  const CLI::App& command = *chosen.back();
  const std::string help = fmt::format("see meshctl {} --help", command.get_name());
  const auto extras = command.remaining();
  if (!extras.empty()) {
    return refuse(fmt::format("{} has no option '{}'", command.get_name(), extras.front()),
                  meant(nearest(extras.front(), option_names(command)), help));
  }
  // `--image: 1 required NAME missing`, `--image: At Most 1 required but received 2`, or the words
  // of a check.
  const std::string_view text = error.what();
  const auto colon = std::min(text.find(": "), text.size());
  const auto name = text.substr(0, colon);
  if (error.get_name() == "ArgumentMismatch") {
    if (text.find("but received") != std::string_view::npos) {
      return refuse(fmt::format("{}: {} was given twice", command.get_name(), name),
                    "give it once");
    }
    return refuse(fmt::format("{}: {} needs a value", command.get_name(), name), help);
  }
  if (error.get_name() == "ValidationError" && text.substr(colon) == ": needs a value") {
    return refuse(fmt::format("{}: {} needs a value", command.get_name(), name), help);
  }
  return refuse(fmt::format("{}: {}", command.get_name(), error.what()), help);
}

}  // namespace meshctl::cli
