#pragma once

#include <string>
#include <string_view>

namespace meshctl::telemetry {

/// Appends `text` as the inside of a JSON string: quotes, backslashes and control characters (C0,
/// DEL, C1, separators of lines, what changes the direction of text) escaped, bytes that are not
/// UTF-8 replaced by U+FFFD.
void append_json_escaped(std::string& out, std::string_view text);

/// Appends `text` as one word of printable ASCII, for lines that people read on terminals: quotes,
/// backslashes, blanks, control characters and all beyond ASCII as `\xHH`, byte by byte.
void append_ascii_escaped(std::string& out, std::string_view text);

/// Appends `text` for HTML and its attributes in double quotes: `&`, `<`, `>` and quotes escaped,
/// what append_json_escaped() escapes or replaces beside them becomes U+FFFD.
void append_html_escaped(std::string& out, std::string_view text);

/// Appends `text` as the inside of a Prometheus label value: quotes, backslashes and line ends
/// escaped, other control characters and bytes that are not UTF-8 replaced by U+FFFD.
void append_label_escaped(std::string& out, std::string_view text);

}  // namespace meshctl::telemetry
