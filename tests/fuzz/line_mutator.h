#pragma once

#include <random>
#include <string>

namespace meshctl::fuzz {

/// `text` with one change of the kind that people make: lines copied, moved, dropped, indented or
/// joined, or a word in the place of another one of the same text.
[[nodiscard]] std::string mutate_lines(const std::string& text, std::minstd_rand& random);

}  // namespace meshctl::fuzz
