#pragma once

#include <string>
#include <string_view>

namespace meshctl::inject {

/// What `inject` and `uninject` break, on these bytes, of what they promise for any bytes; empty if
/// nothing. A breach that ends the process (MESHCTL_ASSERT, a sanitizer) does not return.
///
/// The bytes are a manifest as it would be given to `inject`. A first byte from 1 to 4 is not part
/// of it, and chooses the settings; a byte 0x1C (FS, "file separator") begins a second file.
/// Neither can be in a manifest that is not refused.
[[nodiscard]] std::string broken_promise(std::string_view input);

}  // namespace meshctl::inject
