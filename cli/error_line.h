#pragma once

#include <string>
#include <string_view>

namespace meshctl::cli {

/// Writes all of `text` to standard error as it is; what cannot be written there is lost.
void write_error(std::string_view text);

/// Writes lines for people to standard error, with `error:`, `warning:` and `note:` behind
/// `meshctl: ` in colour if it shows any. What comes from users must have gone through visible().
void write_messages(std::string_view lines);

/// `meshctl: error: PROBLEM; HINT` on standard error, in one line; the hint may be empty. Control
/// characters in both are made visible.
void print_error(std::string_view problem, std::string_view hint = {});

/// The system's words for `error`, in lower case: `permission denied`.
[[nodiscard]] std::string system_words(int error);

}  // namespace meshctl::cli
