#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace meshctl::inject {

/// Data that we add to a manifest, before it is text. Maps keep their order.
struct Value {
  using List = std::vector<Value>;
  using Map = std::vector<std::pair<std::string, Value>>;

  std::variant<std::string, std::int64_t, bool, List, Map> data;

  static Value text(std::string_view text) { return {std::string(text)}; }
  static Value number(std::int64_t number) { return {number}; }
  static Value boolean(bool flag) { return {flag}; }
  static Value list(List items) { return {std::move(items)}; }
  static Value map(Map entries) { return {std::move(entries)}; }
};

}  // namespace meshctl::inject
