#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "cli/inject/node.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// Why a text is no JSON: at which byte, in whose words, and what to do.
struct JsonProblem {
  std::size_t offset = 0;
  std::string problem;
  std::string hint;
};

/// The deepest nesting that is read: far beyond what a manifest needs.
inline constexpr int kMaxJsonDepth = 500;

/// Reads the one value of text[begin, end) as RFC 8259 has it, which is what kubectl takes in a
/// file that begins with `{`: no comments, no trailing commas, double quotes only. The nodes carry
/// their offsets in `text`. An unpaired surrogate reads as U+FFFD; bytes that are not UTF-8 stay as
/// they are.
[[nodiscard]] Result<std::unique_ptr<Node>, JsonProblem> read_json(std::string_view text,
                                                                   std::size_t begin,
                                                                   std::size_t end);

}  // namespace meshctl::inject
