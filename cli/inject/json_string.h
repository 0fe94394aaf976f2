#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "cli/inject/json_reader.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

struct JsonString {
  std::string value;
  std::size_t end = 0;  ///< behind the closing quote
};

/// Decodes the JSON string whose opening quote is text[begin] (RFC 8259, 7).
[[nodiscard]] Result<JsonString, JsonProblem> read_json_string(std::string_view text,
                                                               std::size_t begin);

}  // namespace meshctl::inject
