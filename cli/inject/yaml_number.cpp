#include "cli/inject/yaml_number.h"

#include <cctype>
#include <charconv>
#include <string>
#include <string_view>

namespace meshctl::inject {
namespace {

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

}  // namespace

std::optional<double> number_of(const Node& node) {
  const bool is_number =
      node.tag.empty() ? node.style == NodeStyle::Plain : node.tag.ends_with(":int");
  return is_number ? yaml_number(node.value) : std::nullopt;
}

}  // namespace meshctl::inject
