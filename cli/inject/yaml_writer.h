#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/inject/value.h"

namespace meshctl::inject {

/// How the lines that we write are laid out: like their neighbours.
struct BlockLayout {
  std::size_t indent = 0;  ///< column of the key or of the dash
  std::string_view newline = "\n";
  bool dashes_at_key = true;  ///< `- ` under its key's own column, or two further in
};

/// `key: value` as block YAML, from column `indent` on, each line preceded by a line end.
[[nodiscard]] std::string block_entry(std::string_view key, const Value& value,
                                      const BlockLayout& layout);

/// `- value` as block YAML, from column `indent` on, each line preceded by a line end.
[[nodiscard]] std::string block_item(const Value& value, const BlockLayout& layout);

/// A scalar as it stands behind `key: ` in block style: plain where that is safe, else quoted.
[[nodiscard]] std::string scalar(const Value& value);

/// `{"a": [1, true]}`: JSON on one line, which is also YAML flow style.
[[nodiscard]] std::string flow(const Value& value);

/// The same over several lines: the inner ones start with `prefix` and one `step`, the last with
/// `prefix`. Both are white space, tabs too if the file has them.
[[nodiscard]] std::string flow_lines(const Value& value, const std::string& prefix,
                                     const std::string& step, std::string_view newline);

/// A JSON string, quotes included. What is no ASCII stands as it came.
[[nodiscard]] std::string json_string(std::string_view text);

/// Whether every YAML reader (1.1 or 1.2) takes `text`, unquoted, for exactly this string.
[[nodiscard]] bool is_plain_word(std::string_view text);

}  // namespace meshctl::inject
