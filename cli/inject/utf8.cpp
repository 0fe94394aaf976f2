#include "cli/inject/utf8.h"

#include <array>

namespace meshctl::inject {
namespace {

/// A row of the table in Unicode 15.0, 3.9 (D92, table 3-7): what may lead, and what may follow it.
struct Sequence {
  unsigned char first;
  unsigned char last;
  unsigned char second_first;
  unsigned char second_last;
  std::size_t length;
};
constexpr std::array<Sequence, 9> kSequences{{
    {0x00, 0x7F, 0, 0, 1},
    {0xC2, 0xDF, 0x80, 0xBF, 2},
    {0xE0, 0xE0, 0xA0, 0xBF, 3},
    {0xE1, 0xEC, 0x80, 0xBF, 3},
    {0xED, 0xED, 0x80, 0x9F, 3},
    {0xEE, 0xEF, 0x80, 0xBF, 3},
    {0xF0, 0xF0, 0x90, 0xBF, 4},
    {0xF1, 0xF3, 0x80, 0xBF, 4},
    {0xF4, 0xF4, 0x80, 0x8F, 4},
}};

/// The length of the character that `text` begins with; 0 if it begins with none.
std::size_t character_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  for (const Sequence& each : kSequences) {
    if (byte(0) < each.first || byte(0) > each.last) continue;
    if (text.size() < each.length) return 0;
    if (each.length > 1 && (byte(1) < each.second_first || byte(1) > each.second_last)) return 0;
    for (std::size_t i = 2; i < each.length; ++i) {
      if (byte(i) < 0x80U || byte(i) > 0xBFU) return 0;
    }
    return each.length;
  }
  return 0;
}

}  // namespace

std::size_t find_non_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto length = character_length(text.substr(i));
    if (length == 0) return i;
    i += length;
  }
  return std::string_view::npos;
}

}  // namespace meshctl::inject
