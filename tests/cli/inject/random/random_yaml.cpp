#include "tests/cli/inject/random/random_yaml.h"

#include <array>
#include <string_view>

#include "tests/cli/inject/random/random_flow.h"
#include "tests/cli/inject/random/random_scalar.h"

namespace meshctl::inject {
namespace {

std::size_t size_of(const Draft& draft) {
  std::size_t size = 1;
  for (const auto& entry : draft.entries) size += size_of(entry.second);
  return size;
}

/// A large collection on one line is rare; one of two or three entries is not.
constexpr std::size_t kSmall = 6;

}  // namespace

void RandomYaml::block_document(const Draft& root) {
  choose_style();
  block(root, 0);
}

void RandomYaml::flow_document(const Draft& root) {
  choose_style();
  begin_line(0);
  text_ += random_flow(random_, root, 0, [&] { return comment(); });
  end_line();
}

void RandomYaml::line(const std::string& text) {
  text_ += text;
  end_line();
}

void RandomYaml::choose_style() {
  step_ = one_in(2) ? 2 : 1 + pick(4);
  noise_ = one_in(3) ? 6 : 40;
  flow_ = one_in(3) ? 2 : 8;
  dashes_at_key_ = one_in(2);
}

std::string RandomYaml::comment() {
  constexpr std::array<std::string_view, 4> kWhy{"[x] 'y", "---", "a: b", "{"};
  return "  # because " + std::to_string(++comments_) + ": " + std::string(random_.of(kWhy));
}

void RandomYaml::comment_line(std::size_t indent) {
  text_ += std::string(indent, ' ') + comment().substr(2) + "\n";
}

void RandomYaml::begin_line(std::size_t indent) {
  if (one_in(noise_)) text_ += one_in(4) ? std::string(pick(3), ' ') + "\n" : "\n";
  if (one_in(noise_)) comment_line(pick(indent + 3));
  text_ += std::string(indent, ' ');
}

void RandomYaml::end_line() {
  if (one_in(noise_)) text_ += comment();
  if (one_in(noise_)) text_ += one_in(3) ? "\t" : "  ";
  text_ += "\n";
  ends_in_scalar_ = false;
}

void RandomYaml::block(const Draft& collection, std::size_t indent) {
  begin_line(indent);
  rest_of_block(collection, indent);
}

/// A collection whose first line has its indentation, or the dash that it stands behind.
void RandomYaml::rest_of_block(const Draft& collection, std::size_t indent) {
  bool is_first = true;
  for (const auto& [key, value] : collection.entries) {
    if (!is_first) begin_line(indent);
    is_first = false;
    collection.kind == Draft::Kind::Map ? entry(key, value, indent) : item(value, indent);
  }
}

void RandomYaml::entry(const std::string& key, const Draft& value, std::size_t indent) {
  text_ += one_in(12) ? quoted(random_, key) : one_in(20) ? "'" + key + "'" : key;
  if (one_in(60)) text_ += " ";
  text_ += ":";
  if (value.kind == Draft::Kind::Text && !one_in(4)) {
    block_scalar(value.text, indent, false);
  } else if (value.kind == Draft::Kind::Odd) {
    odd(value, indent);
  } else if (!in_line(value, indent, false)) {
    end_line();
    const auto step = one_in(8) ? 1 + pick(4) : step_;
    const bool at_key = value.kind == Draft::Kind::List && dashes_at_key_ != one_in(8);
    block(value, indent + (at_key ? 0 : step));
  }
}

void RandomYaml::item(const Draft& value, std::size_t indent) {
  text_ += "-";
  // kubectl takes no tab between a dash and its item.
  if (value.kind == Draft::Kind::Text && one_in(2)) return block_scalar(value.text, indent, true);
  if (in_line(value, indent, true)) return;
  if (one_in(15)) {
    text_ += one_in(4) ? comment() + "\n" : "\n";
    return block(value, indent + 1 + pick(3));
  }
  const auto gap = one_in(8) ? 1 + pick(3) : 1;
  text_ += std::string(gap, ' ');
  rest_of_block(value, indent + 1 + gap);
}

/// Writes what has place in the line of its key or dash, and ends the line.
bool RandomYaml::in_line(const Draft& value, std::size_t indent, bool is_item) {
  const auto size = size_of(value);
  const bool is_flow =
      value.is_collection() &&
      (size == 1 || (has_flow(value) && one_in(size <= kSmall ? flow_ : flow_ * size)));
  if (value.is_collection() && !is_flow) return false;
  const auto text = is_flow ? random_flow(random_, value, indent + 1, [&] { return comment(); })
                            : random_scalar(random_, value);
  if (!text.empty()) text_ += one_in(30) ? "   " : !is_item && one_in(60) ? "\t" : " ";
  text_ += text;
  if (is_item && text.empty()) {
    text_ += "\n";
  } else {
    end_line();
  }
  return true;
}

void RandomYaml::odd(const Draft& value, std::size_t indent) {
  if (!value.text.starts_with('\n')) text_ += " ";
  for (const char c : value.text) {
    text_ += c;
    if (c == '\n') text_ += std::string(indent + 1, ' ');
  }
  text_ += "\n";
  ends_in_scalar_ = false;
}

void RandomYaml::block_scalar(const std::string& lines, std::size_t indent, bool is_item) {
  constexpr std::array<std::string_view, 6> kHeaders{"|", ">", "|-", ">-", "|+", ">+"};
  const auto inner = indent + (one_in(4) ? 1 + pick(4) : 2);
  std::string header(random_.of(kHeaders));
  // Lines that begin with white space do not show how far the others are indented.
  const bool is_ambiguous = lines.find_first_of(" \t\n") == 0;
  if (!is_item && (is_ambiguous || one_in(6))) {
    header.insert(1, std::to_string(inner - indent));
  } else if (is_ambiguous) {
    text_ += " " + quoted(random_, lines);
    return end_line();
  }
  text_ += " " + header;
  end_line();
  for (std::size_t begin = 0; begin < lines.size();) {
    const auto end = lines.find('\n', begin);
    if (end > begin) text_ += std::string(inner, ' ') + lines.substr(begin, end - begin);
    text_ += "\n";
    begin = end + 1;
  }
  ends_in_scalar_ = true;
}

}  // namespace meshctl::inject
