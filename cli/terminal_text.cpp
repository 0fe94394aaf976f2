#include "cli/terminal_text.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>

namespace meshctl::cli {
namespace {

unsigned char byte_at(std::string_view text, std::size_t i) {
  return i < text.size() ? static_cast<unsigned char>(text[i]) : 0;
}

bool continues(unsigned char byte) {
  return (byte & 0xC0U) == 0x80U;
}

/// The bytes of the UTF-8 character at the start of `text`; 0 if there is none (RFC 3629, 4).
std::size_t character_bytes(std::string_view text) {
  const auto lead = byte_at(text, 0);
  if (lead < 0x80U) return 1;
  const std::size_t bytes = lead >= 0xC2U && lead <= 0xDFU   ? 2
                            : lead >= 0xE0U && lead <= 0xEFU ? 3
                            : lead >= 0xF0U && lead <= 0xF4U ? 4
                                                             : 0;
  for (std::size_t i = 1; i < bytes; ++i) {
    if (!continues(byte_at(text, i))) return 0;
  }
  const auto second = byte_at(text, 1);
  const bool is_overlong = (lead == 0xE0U && second < 0xA0U) || (lead == 0xF0U && second < 0x90U);
  return is_overlong ? 0 : bytes;
}

/// C0, DEL and C1: what a terminal obeys.
bool is_control(std::string_view character) {
  const auto byte = byte_at(character, 0);
  return byte < 0x20U || byte == 0x7FU || (byte == 0xC2U && byte_at(character, 1) < 0xA0U);
}

/// `text` with what `replace` makes of each character that must not be put out.
template <typename Replace>
std::string replaced(std::string_view text, Replace replace) {
  std::string shown;
  while (!text.empty()) {
    const auto bytes = character_bytes(text);
    const auto character = text.substr(0, bytes == 0 ? 1 : bytes);
    shown += bytes == 0 || is_control(character) ? replace(character) : std::string(character);
    text.remove_prefix(character.size());
  }
  return shown;
}

std::string escape(std::string_view character) {
  std::string escaped;
  for (const char c : character) escaped += fmt::format("\\x{:02x}", static_cast<unsigned char>(c));
  return escaped;
}

}  // namespace

std::string visible(std::string_view text) {
  return replaced(text, escape);
}

std::string visible_line(std::string_view text) {
  return replaced(text, [](std::string_view c) { return c == "\t" ? std::string(c) : escape(c); });
}

std::string blanked(std::string_view text) {
  // A continuation byte on its own was counted as part of the column before it.
  return replaced(
      text, [](std::string_view c) { return std::string(continues(byte_at(c, 0)) ? "" : " "); });
}

inject::Diagnostic visible(inject::Diagnostic problem) {
  problem.file = visible(problem.file);
  problem.source_line = blanked(problem.source_line);
  problem.problem = visible(problem.problem);
  problem.hint = visible(problem.hint);
  return problem;
}

bool shows_colours(int fd) {
  const char* off = std::getenv("NO_COLOR");
  const char* term = std::getenv("TERM");
  return (off == nullptr || *off == '\0') &&
         (term == nullptr || std::string_view(term) != "dumb") && ::isatty(fd) == 1;
}

}  // namespace meshctl::cli
