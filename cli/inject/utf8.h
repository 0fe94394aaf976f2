#pragma once

#include <cstddef>
#include <string_view>

namespace meshctl::inject {

/// The offset of the first byte that is not part of a character in UTF-8 (RFC 3629, 3);
/// std::string_view::npos if there is none.
[[nodiscard]] std::size_t find_non_utf8(std::string_view text);

}  // namespace meshctl::inject
