#pragma once

#include <string_view>

namespace meshctl {

/// Tells the operator something on standard error: `meshctl: TEXT`, one line, written at once.
void say(std::string_view text) noexcept;

}  // namespace meshctl
