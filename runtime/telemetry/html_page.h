#pragma once

#include <string>
#include <string_view>

#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// The page of one proxy for people, HTML without a script: the figures of the terminal's table,
/// loaded again every two seconds. Rates are of the time since `earlier`, or since the start where
/// that is null. Names come from callers: all of them are escaped. Where raw paths are withheld, it
/// says who sees them.
[[nodiscard]] std::string html_page(const Snapshot& now, const Snapshot* earlier, bool is_draining,
                                    RawPaths raw_paths);

/// The header lines that the page is to be served with. Nothing but its own style is let in (CSP
/// Level 3); the hash is that of the style, and tests hold them together.
inline constexpr std::string_view kHtmlPageHeaders =
    "Content-Security-Policy: default-src 'none'; "
    "style-src 'sha256-/LHUrcU26/42ea1Hgd+oSWLIa+IkO1jWXdGT5VCsgeE='; base-uri 'none'; form-action "
    "'none'; "
    "frame-ancestors 'none'\r\n"
    "Referrer-Policy: no-referrer\r\n";

}  // namespace meshctl::telemetry
