#pragma once

#include <string>
#include <string_view>

namespace meshctl::cli {

/// Whom a diff is for.
struct DiffStyle {
  bool escapes = false;  ///< a terminal: control characters of the lines are made visible
  bool colours = false;
};

/// The lines that lead from `before` to `after`, as `git diff` prints them and `git apply` and
/// `patch -p1` take them: three lines of context, names behind `a/` and `b/`. Empty if nothing
/// changed. A leading `/` or `./` of `name` is left out.
[[nodiscard]] std::string unified_diff(std::string_view name, std::string_view before,
                                       std::string_view after, const DiffStyle& style);

}  // namespace meshctl::cli
