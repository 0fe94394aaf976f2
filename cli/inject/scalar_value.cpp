#include "cli/inject/scalar_value.h"

#include <charconv>
#include <string>

#include "cli/inject/document.h"
#include "cli/inject/port_ref.h"

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
  const auto port = read_port(scalar);
  if (port && port->is_number()) return Value::number(port->number);
  if (is_zero(scalar)) return Value::number(0);
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
  const std::string entry(text.substr(first, last - first + 1));
  // Flow style first: there `"key":"value"` is an entry, and a comma is none of the value. Behind a
  // comment a brace has to stand on a line of its own.
  auto node = parse("{" + entry + "\n}");
  if (!node || node->children.size() != 2) node = parse(entry);
  if (!node || !node->is_mapping() || node->children.size() != 2) return std::nullopt;
  const Node& value = node->children[1];
  if (!value.is_scalar() && !value.is_null()) return std::nullopt;
  return value;
}

}  // namespace meshctl::inject
