#include "cli/error_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cctype>
#include <cerrno>
#include <cstring>

namespace meshctl::cli {

void write_error(std::string_view text) {
  while (!text.empty()) {
    const auto count = ::write(STDERR_FILENO, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

void print_error(std::string_view problem, std::string_view hint) {
  write_error(fmt::format("meshctl: error: {}{}{}\n", problem, hint.empty() ? "" : "; ", hint));
}

std::string system_words(int error) {
  std::string words = std::strerror(error);
  if (words.size() > 1 && std::islower(static_cast<unsigned char>(words[1])) != 0) {
    words[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(words[0])));
  }
  return words;
}

}  // namespace meshctl::cli
