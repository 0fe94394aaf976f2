#include "cli/error_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "cli/terminal_text.h"

namespace meshctl::cli {
namespace {

struct Label {
  std::string_view word;
  std::string_view colour;
};

constexpr std::array<Label, 3> kLabels{{
    {"error:", "\x1b[1;31m"},    // red
    {"warning:", "\x1b[1;33m"},  // yellow
    {"note:", "\x1b[1;34m"},     // blue
}};

std::string coloured(std::string_view line) {
  constexpr std::string_view kStart = "meshctl: ";
  if (!line.starts_with(kStart)) return std::string(line);
  const auto rest = line.substr(kStart.size());
  for (const Label& label : kLabels) {
    if (!rest.starts_with(label.word)) continue;
    return fmt::format("{}{}{}\x1b[m{}", kStart, label.colour, label.word,
                       rest.substr(label.word.size()));
  }
  return std::string(line);
}

}  // namespace

void write_error(std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void write_messages(std::string_view lines) {
  if (!shows_colours(STDERR_FILENO)) return write_error(lines);
  std::string text;
  while (!lines.empty()) {
    const auto end = std::min(lines.find('\n'), lines.size() - 1) + 1;
    text += coloured(lines.substr(0, end));
    lines.remove_prefix(end);
  }
  write_error(text);
}

void print_error(std::string_view problem, std::string_view hint) {
  write_messages(fmt::format("meshctl: error: {}{}{}\n", visible(problem), hint.empty() ? "" : "; ",
                             visible(hint)));
}

std::string system_words(int error) {
  std::string words = std::strerror(error);
  if (words.size() > 1 && std::islower(static_cast<unsigned char>(words[1])) != 0) {
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  }
  return words;
}

}  // namespace meshctl::cli
