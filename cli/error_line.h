#pragma once

#include <string>
#include <string_view>

namespace meshctl::cli {

/// Writes all of `text` to standard error; what cannot be written there is lost.
void write_error(std::string_view text);

/// `meshctl: error: PROBLEM; HINT` on standard error, in one line; the hint may be empty.
void print_error(std::string_view problem, std::string_view hint = {});

/// The system's words for `error`, in lower case: `permission denied`.
[[nodiscard]] std::string system_words(int error);

}  // namespace meshctl::cli
