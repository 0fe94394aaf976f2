#pragma once

#include <string>
#include <string_view>

namespace meshctl {

/// Tells the operator something on standard error: `meshctl: TEXT`, one line, written at once. Any
/// thread.
void say(std::string_view text) noexcept;

/// The lines that were said since the last call, the newest 4 KiB of them. For who repaints a
/// terminal that they stand on. Any thread.
[[nodiscard]] std::string take_said();

}  // namespace meshctl
