#include "cli/inject/yaml_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

namespace meshctl::inject {
namespace {

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// A quoted scalar. Single quotes need no escapes but hold printable text only.
std::string quoted(std::string_view text) {
  const bool printable = std::ranges::all_of(
      text, [](char c) { return static_cast<unsigned char>(c) >= 0x20U && c != 0x7F; });
  if (!printable) return json_string(text);
  std::string out = "'";
  for (const char c : text) {
    out += c;
    if (c == '\'') out += c;
  }
  return out + "'";
}

std::string word(std::string_view text) {
  return is_plain_word(text) ? std::string(text) : quoted(text);
}

struct BlockWriter {
  std::string_view newline;
  bool dashes_at_key;
  std::string out;

  void line(std::size_t indent) {
    out += newline;
    out.append(indent, ' ');
  }

  /// What stands behind `key:`: on the same line for scalars, on the next lines for collections.
  void value_of_key(const Value& value, std::size_t indent) {
    if (const auto* list = std::get_if<Value::List>(&value.data)) {
      if (list->empty()) {
        out += " []";
        return;
      }
      for (const Value& each : *list) item(each, dashes_at_key ? indent : indent + 2);
    } else if (const auto* map = std::get_if<Value::Map>(&value.data)) {
      if (map->empty()) out += " {}";
      for (const auto& [key, each] : *map) {
        line(indent + 2);
        entry(key, each, indent + 2);
      }
    } else {
      out += " " + scalar(value);
    }
  }

  void entry(std::string_view key, const Value& value, std::size_t indent) {
    out += word(key) + ":";
    value_of_key(value, indent);
  }

  void item(const Value& value, std::size_t indent) {
    line(indent);
    out += "- ";
    const auto* map = std::get_if<Value::Map>(&value.data);
    if (map == nullptr) {
      out += std::holds_alternative<Value::List>(value.data) ? flow(value) : scalar(value);
      return;
    }
    for (std::size_t i = 0; i < map->size(); ++i) {
      if (i > 0) line(indent + 2);
      entry((*map)[i].first, (*map)[i].second, indent + 2);
    }
  }
};

}  // namespace

std::string scalar(const Value& value) {
  if (const auto* text = std::get_if<std::string>(&value.data)) return word(*text);
  return flow(value);
}

bool is_plain_word(std::string_view text) {
  // The words that YAML 1.1 or 1.2 readers take for a boolean or a null, in lower case.
  constexpr std::array kTaken{"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  if (text.empty() || !is_letter(text.front()) || text.back() == ':') return false;
  std::string lower;
  for (const char c : text) {
    if (!is_letter(c) && !is_digit(c) &&
        std::string_view("_./:@-").find(c) == std::string_view::npos) {
      return false;
    }
    lower += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return std::ranges::find(kTaken, lower) == kTaken.end();
}

std::string json_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20U || byte == 0x7FU) {
      out += fmt::format("\\u{:04x}", byte);
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string block_entry(std::string_view key, const Value& value, const BlockLayout& layout) {
  BlockWriter writer{layout.newline, layout.dashes_at_key, {}};
  writer.line(layout.indent);
  writer.entry(key, value, layout.indent);
  return writer.out;
}

std::string block_item(const Value& value, const BlockLayout& layout) {
  BlockWriter writer{layout.newline, layout.dashes_at_key, {}};
  writer.item(value, layout.indent);
  return writer.out;
}

std::string flow(const Value& value) {
  struct Visitor {
    std::string operator()(const std::string& text) const { return json_string(text); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const Value::List& list) const {
      std::string out = "[";
      for (const Value& item : list) out += (out.size() > 1 ? ", " : "") + flow(item);
      return out + "]";
    }
    std::string operator()(const Value::Map& map) const {
      std::string out = "{";
      for (const auto& [key, item] : map) {
        out += (out.size() > 1 ? ", " : "") + json_string(key) + ": " + flow(item);
      }
      return out + "}";
    }
  };
  return std::visit(Visitor{}, value.data);
}

std::string flow_lines(const Value& value, const std::string& prefix, const std::string& step,
                       std::string_view newline) {
  const auto* list = std::get_if<Value::List>(&value.data);
  const auto* map = std::get_if<Value::Map>(&value.data);
  if ((list == nullptr || list->empty()) && (map == nullptr || map->empty())) return flow(value);
  const std::string inner = prefix + step;
  std::string out;
  const auto add = [&](const std::string& text) {
    if (!out.empty()) out += ",";
    out += newline;
    out += inner + text;
  };
  if (list != nullptr) {
    for (const Value& item : *list) add(flow_lines(item, inner, step, newline));
  } else {
    for (const auto& [key, item] : *map) {
      add(json_string(key) + ": " + flow_lines(item, inner, step, newline));
    }
  }
  out += newline;
  out += prefix;
  return list != nullptr ? "[" + out + "]" : "{" + out + "}";
}

}  // namespace meshctl::inject
