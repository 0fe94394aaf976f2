#pragma once

#include <string_view>

namespace meshctl {

/// The version of the program, as CMakeLists.txt's project() states it: "0.1.0".
inline constexpr std::string_view kVersion = MESHCTL_VERSION;

}  // namespace meshctl
