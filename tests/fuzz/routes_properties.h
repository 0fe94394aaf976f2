#pragma once

#include <string>
#include <string_view>

namespace meshctl::telemetry {

/// What routes break, on these bytes, of what they promise for any bytes; empty if nothing. A
/// breach that ends the process (MESHCTL_ASSERT, a sanitizer) does not return.
///
/// The bytes are records with a byte 0x1E (RS, "record separator") between them. A record's first
/// byte says what the rest is: `T` a template, `N` the path of a 404, anything else a path that was
/// answered by 200. Records before the first path are the templates; others are paths, too.
[[nodiscard]] std::string broken_route_promise(std::string_view input);

}  // namespace meshctl::telemetry
