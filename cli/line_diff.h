#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

namespace meshctl::cli {

/// Lines [before_begin, before_end) of the old text became [after_begin, after_end) of the new one;
/// one of the two may be empty. Lines count from 0.
struct LineChange {
  std::size_t before_begin = 0;
  std::size_t before_end = 0;
  std::size_t after_begin = 0;
  std::size_t after_end = 0;

  friend bool operator==(const LineChange&, const LineChange&) = default;
};

/// What leads from one text to the other, in order, with at least one common line between two
/// changes. As small as can be unless that costs too much; then it is still right. Memory is linear
/// in the lines (Myers 1986, "An O(ND) Difference Algorithm and Its Variations", section 4b).
[[nodiscard]] std::vector<LineChange> changed_lines(std::span<const std::string_view> before,
                                                    std::span<const std::string_view> after);

}  // namespace meshctl::cli
