#pragma once

#include <random>
#include <string>

namespace meshctl::fuzz {

/// `text` with a state annotation, in its first object that has annotations or metadata in block
/// style, that is well formed and names whatever it likes.
[[nodiscard]] std::string with_hostile_state(const std::string& text, std::minstd_rand& random);

}  // namespace meshctl::fuzz
