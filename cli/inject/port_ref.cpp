#include "cli/inject/port_ref.h"

#include <algorithm>
#include <cctype>
#include <charconv>

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

template <typename Number, typename... Format>
std::optional<double> parse_whole(std::string_view digits, Format... format) {
  Number number{};
  const auto end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number, format...);
  if (error != std::errc() || stop != end) return std::nullopt;
  return static_cast<double>(number);
}

/// The base that go-yaml's integers have by their first characters, which are cut off.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits.front() != '0') return 10;
  const auto letter = std::tolower(static_cast<unsigned char>(digits[1]));
  const int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  digits.remove_prefix(base != 8 || letter == 'o' ? 2 : 1);
  return base;
}

/// go-yaml v2, resolve.go: underscores anywhere, Go's prefixes, else a decimal fraction.
std::optional<double> yaml_number(std::string_view plain) {
  constexpr std::string_view kFirst = "0123456789+.";
  if (plain.empty() || kFirst.find(plain.front()) == std::string_view::npos) return std::nullopt;
  std::string text(plain.substr(plain.front() == '+' ? 1 : 0));
  std::erase(text, '_');
  if (text.empty() || text.front() == '-') return std::nullopt;
  std::string_view digits = text;
  const int base = take_base(digits);
  if (const auto number = parse_whole<std::uint64_t>(digits, base)) return number;
  return parse_whole<double>(text, std::chars_format::general);
}

std::optional<double> number_of(const Node& node) {
  const bool is_number =
      node.tag.empty() ? node.style == NodeStyle::Plain : node.tag.ends_with(":int");
  return is_number ? yaml_number(node.value) : std::nullopt;
}

}  // namespace

std::string PortRef::text() const {
  return is_number() ? std::to_string(number) : "${" + parameter + "}";
}

std::optional<PortRef> port_from_text(std::string_view text) {
  if (auto found = parameter(text)) return found;
  return port_of(parse_whole<std::uint64_t>(text, 10));
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
