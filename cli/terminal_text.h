#pragma once

#include <string>
#include <string_view>

#include "cli/inject/diagnostic.h"

namespace meshctl::cli {

/// `text` as it may go to a terminal: control characters, line ends among them, and bytes that are
/// no UTF-8 are written as `\x1b`, so that no name can move the cursor or feign a line of ours.
[[nodiscard]] std::string visible(std::string_view text);

/// The same for a line of a file: its tabs stay.
[[nodiscard]] std::string visible_line(std::string_view text);

/// The same for an excerpt with a caret below: each such character becomes one space.
[[nodiscard]] std::string blanked(std::string_view text);

/// The same for all texts of a diagnostic, so that it may be rendered.
[[nodiscard]] inject::Diagnostic visible(inject::Diagnostic problem);

/// Whether `fd` is a terminal that shows colours, and the user did not turn them off (NO_COLOR,
/// TERM=dumb).
[[nodiscard]] bool shows_colours(int fd);

}  // namespace meshctl::cli
