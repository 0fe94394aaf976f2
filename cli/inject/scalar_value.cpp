#include "cli/inject/scalar_value.h"

#include <charconv>
#include <string>

#include "cli/inject/document.h"

namespace meshctl::inject {
namespace {

std::optional<Node> parse(std::string_view text) {
  const SourceText source("", std::string(text));
  auto document = parse_document(source, {0, text.size()});
  if (!document || !*document) return std::nullopt;
  return (*document)->root();
}

}  // namespace

Value value_of(const Node& scalar) {
  std::int64_t number = 0;
  const auto* end = scalar.value.data() + scalar.value.size();
  const auto [stopped, error] = std::from_chars(scalar.value.data(), end, number);
  const bool is_number = scalar.style == NodeStyle::Plain && error == std::errc() && stopped == end;
  return is_number ? Value::number(number) : Value::text(scalar.value);
}

std::optional<Node> parse_scalar(std::string_view text) {
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Node();
  auto node = parse(text);
  if (!node || (!node->is_scalar() && !node->is_null())) return std::nullopt;
  return node;
}

std::optional<Node> parse_entry_value(std::string_view text) {
  const auto first = text.find_first_not_of(", \t\r\n");
  if (first == std::string_view::npos) return std::nullopt;
  const auto last = text.find_last_not_of(", \t\r\n");
  auto node = parse(text.substr(first, last - first + 1));
  if (!node || !node->is_mapping() || node->children.size() != 2) return std::nullopt;
  const Node& value = node->children[1];
  if (!value.is_scalar() && !value.is_null()) return std::nullopt;
  return value;
}

}  // namespace meshctl::inject
