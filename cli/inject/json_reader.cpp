#include "cli/inject/json_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "cli/inject/json_string.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kWhite = " \t\r\n";
constexpr std::string_view kDigits = "0123456789";

/// Where the number at the start of `text` ends (RFC 8259, 6); 0: there is none.
std::size_t number_length(std::string_view text) {
  const auto digits = [&](std::size_t from) {
    return std::min(text.find_first_not_of(kDigits, from), text.size());
  };
  std::size_t at = text.starts_with('-') ? 1 : 0;
  const auto whole = digits(at);
  if (whole == at) return 0;
  if (text[at] == '0' && whole > at + 1) return 0;
  at = whole;
  if (at < text.size() && text[at] == '.') {
    const auto end = digits(at + 1);
    if (end == at + 1) return 0;
    at = end;
  }
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    auto from = at + 1;
    if (from < text.size() && (text[from] == '+' || text[from] == '-')) ++from;
    const auto end = digits(from);
    if (end == from) return 0;
    at = end;
  }
  return at;
}

/// Goes through the text once. A member that returns false has set the problem.
class Reader {
 public:
  Reader(std::string_view text, std::size_t begin) : text_(text), cursor_(begin) {}

  bool document(Node& root) {
    skip_white();
    if (!value(root, 0)) return false;
    skip_white();
    if (cursor_ == text_.size()) return true;
    return failed(cursor_, "this follows a JSON value", "one value at a time");
  }

  JsonProblem take_problem() { return std::move(problem_); }

 private:
  char peek() const { return cursor_ < text_.size() ? text_[cursor_] : '\0'; }
  void skip_white() { cursor_ = std::min(text_.find_first_not_of(kWhite, cursor_), text_.size()); }

  bool failed(std::size_t offset, std::string problem, std::string hint) {
    problem_ = {offset, std::move(problem), std::move(hint)};
    return false;
  }

  bool value(Node& node, int depth) {
    node.lead = node.begin = node.content = cursor_;
    switch (peek()) {
      case '{': return object(node, depth);
      case '[': return array(node, depth);
      case '"': return string(node);
      default: return word(node);
    }
  }

  bool string(Node& node) {
    auto read = read_json_string(text_, cursor_);
    if (!read) {
      problem_ = std::move(read.error());
      return false;
    }
    node.kind = NodeKind::Scalar;
    node.style = NodeStyle::DoubleQuoted;
    node.value = std::move(read->value);
    node.end = cursor_ = read->end;
    return true;
  }

  bool word(Node& node) {
    const auto rest = text_.substr(cursor_);
    auto length = number_length(rest);
    for (const std::string_view known : {"true", "false", "null"}) {
      if (rest.starts_with(known)) length = known.size();
    }
    const auto whole = std::min(rest.find_first_of(" \t\r\n,:]}[{\"'/#"), rest.size());
    if (length == 0 || length != whole) return no_value(rest.substr(0, whole));
    node.kind = rest.starts_with("null") ? NodeKind::Null : NodeKind::Scalar;
    node.style = NodeStyle::Plain;
    if (!node.is_null()) node.value = std::string(rest.substr(0, length));
    node.end = cursor_ += length;
    return true;
  }

  bool no_value(std::string_view word) {
    if (is_comment()) return comment();
    if (peek() == '\'') return single_quote();
    if (cursor_ == text_.size()) return never_closed();
    if (word.empty() || word.size() > 40) {
      return failed(cursor_, "a JSON value is missing here",
                    "a string stands in double quotes; `null` is nothing");
    }
    return failed(cursor_, fmt::format("`{}` is no JSON value", word),
                  "JSON has strings in double quotes, numbers, true, false and null");
  }

  bool is_comment() const {
    return peek() == '#' || text_.substr(cursor_, 2) == "//" || text_.substr(cursor_, 2) == "/*";
  }
  bool comment() {
    return failed(cursor_, "JSON has no comments",
                  "remove it; kubectl reads a file that begins with `{` as JSON");
  }
  bool single_quote() {
    return failed(cursor_, "a single quote means nothing in JSON", "write `\"` for `'`");
  }
  bool never_closed() {
    return failed(opened_, fmt::format("the `{}` that opens here is never closed", text_[opened_]),
                  "is the file cut off?");
  }

  bool enter(Node& node, NodeKind kind, int depth) {
    if (depth == kMaxJsonDepth) {
      return failed(cursor_, "a document is nested more than 500 deep",
                    "no manifest needs that; is this the right file?");
    }
    node.kind = kind;
    node.style = NodeStyle::Flow;
    opened_ = cursor_++;
    skip_white();
    return true;
  }

  bool object(Node& node, int depth) {
    if (!enter(node, NodeKind::Mapping, depth)) return false;
    const auto begin = opened_;
    for (bool first = true; peek() != '}' || !first; first = false) {
      if (!key(node.children.emplace_back())) return false;
      if (!value(node.children.emplace_back(), depth + 1)) return false;
      opened_ = begin;
      if (!separator(node.children.back().end, '}')) return false;
      if (peek() == '}') break;
      if (!next_item('}')) return false;
    }
    node.end = ++cursor_;
    return true;
  }

  bool array(Node& node, int depth) {
    if (!enter(node, NodeKind::Sequence, depth)) return false;
    const auto begin = opened_;
    for (bool first = true; peek() != ']' || !first; first = false) {
      if (!value(node.children.emplace_back(), depth + 1)) return false;
      opened_ = begin;
      if (!separator(node.children.back().end, ']')) return false;
      if (peek() == ']') break;
      if (!next_item(']')) return false;
    }
    node.end = ++cursor_;
    return true;
  }

  bool key(Node& node) {
    if (peek() != '"') {
      if (is_comment()) return comment();
      if (peek() == '\'') return single_quote();
      if (cursor_ == text_.size()) return never_closed();
      return failed(cursor_, "a JSON key stands in double quotes",
                    "kubectl reads a file that begins with `{` as JSON; for YAML put `---` first");
    }
    node.lead = node.begin = node.content = cursor_;
    if (!string(node)) return false;
    skip_white();
    if (peek() != ':') return failed(node.end, "a `:` is missing here", "write `\"key\": value`");
    ++cursor_;
    skip_white();
    return true;
  }

  /// A comma or the closing bracket must come next; `behind` is where the last value ended.
  bool separator(std::size_t behind, char bracket) {
    skip_white();
    if (peek() == ',' || peek() == bracket) return true;
    if (is_comment()) return comment();
    if (cursor_ == text_.size()) return never_closed();
    if (peek() == '}' || peek() == ']') {
      return failed(cursor_, fmt::format("`{}` closes a `{}` here", peek(), text_[opened_]),
                    fmt::format("write `{}`", bracket));
    }
    return failed(behind, "a `,` is missing here", "commas separate what stands in `{}` and `[]`");
  }

  /// Steps over the comma.
  bool next_item(char bracket) {
    const auto comma = cursor_++;
    skip_white();
    if (peek() != bracket) return true;
    return failed(comma, fmt::format("JSON allows no comma before `{}`", bracket), "remove it");
  }

  std::string_view text_;
  std::size_t cursor_;
  std::size_t opened_ = 0;  ///< the innermost bracket that is open
  JsonProblem problem_;
};

}  // namespace

Result<std::unique_ptr<Node>, JsonProblem> read_json(std::string_view text, std::size_t begin,
                                                     std::size_t end) {
  Reader reader(text.substr(0, end), begin);
  auto root = std::make_unique<Node>();
  if (!reader.document(*root)) return fail(reader.take_problem());
  return root;
}

}  // namespace meshctl::inject
