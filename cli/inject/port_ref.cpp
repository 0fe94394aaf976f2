#include "cli/inject/port_ref.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "cli/inject/yaml_number.h"

namespace meshctl::inject {
namespace {

constexpr double kMaxPort = 65535;

std::optional<PortRef> port_of(std::optional<double> number) {
  if (!number || *number < 1 || *number > kMaxPort) return std::nullopt;
  const auto whole = static_cast<std::uint16_t>(*number);
  return whole == *number ? std::optional(PortRef{whole, {}}) : std::nullopt;
}

bool is_name_char(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_';
}

std::optional<PortRef> parameter(std::string_view text) {
  for (const auto& [open, close] : {std::pair<std::string_view, std::string_view>{"${{", "}}"},
                                    std::pair<std::string_view, std::string_view>{"${", "}"}}) {
    if (!text.starts_with(open) || !text.ends_with(close)) continue;
    if (text.size() <= open.size() + close.size()) return std::nullopt;
    const auto name = text.substr(open.size(), text.size() - open.size() - close.size());
    if (std::ranges::all_of(name, is_name_char)) return PortRef{0, std::string(name)};
  }
  return std::nullopt;
}

}  // namespace

std::string PortRef::text() const {
  return is_number() ? std::to_string(number) : "${" + parameter + "}";
}

Result<std::uint16_t, BadValue> parse_port(std::string_view text) {
  unsigned number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc::invalid_argument || end != text.data() + text.size()) {
    return fail(BadValue{fmt::format("'{}' is not a port number", text), "1 to 65535"});
  }
  if (error != std::errc() || number < 1 || number > 65535) {
    return fail(BadValue{fmt::format("there is no port {}", text), "1 to 65535"});
  }
  return static_cast<std::uint16_t>(number);
}

std::optional<PortRef> port_from_text(std::string_view text) {
  if (auto found = parameter(text)) return found;
  const auto number = parse_port(text);
  return number ? std::optional(PortRef{*number, {}}) : std::nullopt;
}

std::optional<PortRef> read_port(const Node& node) {
  if (!node.is_scalar()) return std::nullopt;
  if (auto found = parameter(node.value)) return found;
  return port_of(number_of(node));
}

bool is_zero(const Node& node) {
  return node.is_scalar() && number_of(node) == 0.0;
}

}  // namespace meshctl::inject
