#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "runtime/telemetry/route_template.h"

namespace meshctl::telemetry {

/// A word of letters, another one for each number: no segment rule takes it for a value.
inline std::string word(std::size_t n) {
  std::string text = "w";
  for (; n > 0; n /= 26) text += static_cast<char>('a' + n % 26);
  return text;
}

/// The templates of texts that are some.
inline std::vector<RouteTemplate> templates(const std::vector<std::string>& texts) {
  std::vector<RouteTemplate> result;
  for (const auto& text : texts) result.push_back(parse_template(text).value());
  return result;
}

}  // namespace meshctl::telemetry
