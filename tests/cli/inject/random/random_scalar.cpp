#include "tests/cli/inject/random/random_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>

namespace meshctl::inject {
namespace {

/// Whether `text` would be something else, or another string, without quotes.
bool needs_quotes(const std::string& text) {
  constexpr std::array<std::string_view, 10> kOther{"true", "false", "yes", "no", "on",
                                                    "off",  "null",  "y",   "n",  "True"};
  constexpr std::string_view kPlain = "-./_:@";
  if (text.empty() || std::ranges::find(kOther, text) != kOther.end()) return true;
  if (std::isalpha(static_cast<unsigned char>(text.front())) == 0 || text.ends_with(':'))
    return true;
  return !std::ranges::all_of(text, [&](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || kPlain.find(c) != std::string::npos;
  });
}

std::string single_quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

/// go-yaml v2 reads all of these (resolve.go).
std::string number(RandomSource& random, const std::string& decimal) {
  const auto value = std::stoi(decimal);
  switch (random.pick(24)) {
    case 0: return fmt::format("0x{:x}", value);
    case 1: return fmt::format("0{:o}", value);
    case 2: return decimal.size() > 1 ? decimal.substr(0, 1) + "_" + decimal.substr(1) : decimal;
    case 3: return "+" + decimal;
    case 4: return decimal + ".0";
    default: return decimal;
  }
}

}  // namespace

std::string quoted(RandomSource& random, const std::string& text) {
  const auto escaped = random.one_in(8) ? random.pick(text.size() + 1) : std::string::npos;
  std::string out = "\"";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else if (c == '"' || c == '\\') {
      out += {'\\', text[i]};
    } else if (i == escaped && c < 0x80) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      out += text[i];
    }
  }
  return out + '"';
}

std::string random_scalar(RandomSource& random, const Draft& draft) {
  switch (draft.kind) {
    case Draft::Kind::Null: {
      constexpr std::array<std::string_view, 5> kNulls{"", "", "null", "~", "Null"};
      return std::string(random.of(kNulls));
    }
    case Draft::Kind::Number: return number(random, draft.text);
    case Draft::Kind::Odd: return draft.text;
    case Draft::Kind::Word:
      if (random.one_in(6)) return quoted(random, draft.text);
      return random.one_in(8) || needs_quotes(draft.text) ? single_quoted(draft.text) : draft.text;
    case Draft::Kind::Text:
    case Draft::Kind::List:
    case Draft::Kind::Map: break;
  }
  return quoted(random, draft.text);
}

}  // namespace meshctl::inject
