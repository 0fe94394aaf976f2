#include "cli/inject/node_ends.h"

#include <algorithm>

#include "cli/inject/scalar_end.h"

namespace meshctl::inject {
namespace {

enum class Context { Block, Flow };

/// Goes through the text once, from left to right. A member that returns false has lost its way,
/// with the cursor at the place.
class Walker {
 public:
  Walker(std::string_view text, std::size_t begin, std::size_t end)
      : text_(text.substr(0, end)), begin_(begin), cursor_(begin) {}

  NodeWalk walk(Node& root) {
    at_line_start_ = true;
    bool found = place(root, -1, Context::Block);
    if (found) {
      skip_blank(Context::Block);
      found = cursor_ == text_.size();
    }
    NodeWalk result;
    if (!found) result.lost_at = cursor_;
    result.indent_tab = indent_tab_;
    result.missing_colon = missing_colon_;
    result.missing_key = missing_key_;
    return result;
  }

 private:
  char peek(std::size_t ahead = 0) const {
    return cursor_ + ahead < text_.size() ? text_[cursor_ + ahead] : '\0';
  }

  bool blank_at(std::size_t offset) const {
    return offset >= text_.size() || text_[offset] == ' ' || text_[offset] == '\t' ||
           text_[offset] == '\r' || text_[offset] == '\n';
  }

  /// Skips white space and comments, and remembers the first tab that indents something.
  void skip_blank(Context context) {
    while (cursor_ < text_.size()) {
      const char c = text_[cursor_];
      if (c == '#' && (cursor_ == begin_ || blank_at(cursor_ - 1))) {
        cursor_ = std::min(text_.find('\n', cursor_), text_.size());
        continue;
      }
      if (c != ' ' && c != '\t' && c != '\r' && c != '\n') break;
      if (c == '\t' && at_line_start_ && context == Context::Block && !indent_tab_) {
        indent_tab_ = cursor_;
      }
      if (c == '\n') at_line_start_ = true;
      ++cursor_;
    }
    at_line_start_ = false;
  }

  int column(std::size_t offset) const {
    const auto lf = offset == 0 ? std::string_view::npos : text_.rfind('\n', offset - 1);
    return static_cast<int>(lf == std::string_view::npos ? offset - begin_ : offset - lf - 1);
  }

  /// Skips `&anchor` and `!tag`.
  void skip_properties(Context context) {
    while (peek() == '&' || peek() == '!') {
      while (!blank_at(cursor_) && !(context == Context::Flow && is_flow_mark(peek()))) ++cursor_;
      const auto behind = cursor_;
      skip_blank(context);
      last_property_end_ = behind;
    }
  }

  static bool is_flow_mark(char c) {
    return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
  }

  bool place(Node& node, int parent_column, Context context) {
    if (node.is_null()) return place_null(node, parent_column, context);
    skip_blank(context);
    node.lead = node.begin = cursor_;
    last_property_end_ = cursor_;
    const bool block_collection = !node.children.empty() && node.style == NodeStyle::Block;
    if (!block_collection || node.anchor != 0 || !node.tag.empty()) skip_properties(context);
    node.content = cursor_;
    switch (node.kind) {
      case NodeKind::Null: return false;
      case NodeKind::Alias: return place_alias(node);
      case NodeKind::Scalar: return place_scalar(node, parent_column, context);
      case NodeKind::Sequence:
        return peek() == '[' ? place_flow_sequence(node) : place_block_sequence(node);
      case NodeKind::Mapping:
        if (peek() == '{' && node.style != NodeStyle::Block) return place_flow_mapping(node);
        return context == Context::Flow ? place_single_pair(node) : place_block_mapping(node);
    }
    return false;
  }

  /// A null may take up no byte at all. Then it sits where the parent's punctuation ended, for what
  /// comes next may lie lines further on and belong to somebody else.
  bool place_null(Node& node, int parent_column, Context context) {
    const auto before = cursor_;
    skip_blank(context);
    node.lead = node.begin = node.content = node.end = before;
    node.style = NodeStyle::Absent;
    auto resume = before;
    if (node.anchor != 0 && (peek() == '&' || peek() == '!')) {
      node.lead = node.begin = cursor_;
      skip_properties(context);
      node.content = node.end = resume = last_property_end_;
    }
    // A word in the parent's own column, or left of it, is the next key and not this value.
    const bool is_inside = context == Context::Flow || column(cursor_) > parent_column;
    const auto length = is_inside ? null_word_length(text_.substr(cursor_)) : 0;
    if (length > 0) {
      if (resume == before) node.lead = node.begin = cursor_;
      node.content = cursor_;
      node.end = resume = cursor_ + length;
      node.style = NodeStyle::Plain;
    }
    cursor_ = resume;
    at_line_start_ = false;
    return true;
  }

  bool place_alias(Node& node) {
    if (peek() != '*') return false;
    while (!blank_at(cursor_) && !is_flow_mark(peek())) ++cursor_;
    node.style = NodeStyle::Plain;
    node.end = cursor_;
    return true;
  }

  bool place_scalar(Node& node, int parent_column, Context context) {
    const auto found =
        find_scalar_end(text_, cursor_, node.value, parent_column, context == Context::Block);
    if (!found) return false;
    node.style = found->style;
    // `key: !!str` has a tag and no content; it ends with the tag.
    node.end = found->style == NodeStyle::Absent ? last_property_end_ : found->end;
    if (found->style == NodeStyle::Absent) node.content = node.end;
    cursor_ = node.end;
    return true;
  }

  bool place_block_sequence(Node& node) {
    node.style = NodeStyle::Block;
    for (Node& item : node.children) {
      skip_blank(Context::Block);
      if (peek() != '-' || !blank_at(cursor_ + 1)) return false;
      const auto dash = cursor_++;
      at_line_start_ = true;  // a tab here indents what the item holds
      if (!place(item, column(dash), Context::Block)) return false;
      item.lead = dash;
    }
    node.end = cursor_;
    return !node.children.empty();
  }

  bool place_block_mapping(Node& node) {
    node.style = NodeStyle::Block;
    int own_column = -1;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      Node& key = node.children[i];
      Node& value = node.children[i + 1];
      skip_blank(Context::Block);
      const auto lead = cursor_;
      if (own_column < 0) own_column = column(lead);
      if (peek() == '?' && blank_at(cursor_ + 1)) {
        ++cursor_;
        at_line_start_ = true;
      }
      if (!place(key, own_column - 1, Context::Block)) return false;
      key.lead = lead;
      if (key.style == NodeStyle::Absent && text_[lead] == ':' && !missing_key_) {
        missing_key_ = lead;
      }
      if (!place_value(key, value, own_column, Context::Block)) return false;
    }
    node.end = cursor_;
    return !node.children.empty();
  }

  /// The colon and what follows it; `? key` may have neither.
  bool place_value(const Node& key, Node& value, int parent_column, Context context) {
    skip_blank(context);
    const bool is_explicit = text_[key.lead] == '?' && key.begin != key.lead;
    if (peek() == ':') {
      ++cursor_;
      at_line_start_ = is_explicit && context == Context::Block;
      return place(value, parent_column, context);
    }
    cursor_ = key.end;
    if (!value.is_null()) return false;
    // yaml-cpp lets a word at the end of the text pass as a key; kubectl does not.
    if (context == Context::Block && !is_explicit && !missing_colon_) missing_colon_ = key.begin;
    value.lead = value.begin = value.content = value.end = cursor_;
    return true;
  }

  void skip_commas() {
    skip_blank(Context::Flow);
    while (peek() == ',') {
      ++cursor_;
      skip_blank(Context::Flow);
    }
  }

  bool place_flow_sequence(Node& node) {
    node.style = NodeStyle::Flow;
    ++cursor_;
    for (Node& item : node.children) {
      skip_commas();
      if (!place(item, -1, Context::Flow)) return false;
    }
    return close(node, ']');
  }

  bool place_flow_mapping(Node& node) {
    node.style = NodeStyle::Flow;
    ++cursor_;
    for (std::size_t i = 0; i + 1 < node.children.size(); i += 2) {
      skip_commas();
      if (!place_pair(node.children[i], node.children[i + 1])) return false;
    }
    return close(node, '}');
  }

  /// `[a: b]`: a mapping of one pair without braces.
  bool place_single_pair(Node& node) {
    node.style = NodeStyle::Plain;
    if (node.children.size() != 2) return false;
    if (!place_pair(node.children[0], node.children[1])) return false;
    node.end = cursor_;
    return true;
  }

  bool place_pair(Node& key, Node& value) {
    const auto lead = cursor_;
    if (peek() == '?' && blank_at(cursor_ + 1)) ++cursor_;
    if (!place(key, -1, Context::Flow)) return false;
    key.lead = lead;
    return place_value(key, value, -1, Context::Flow);
  }

  bool close(Node& node, char bracket) {
    skip_commas();
    if (peek() != bracket) return false;
    node.end = ++cursor_;
    return true;
  }

  std::string_view text_;
  std::size_t begin_;  ///< behind a BOM
  std::size_t cursor_;
  std::size_t last_property_end_ = 0;
  bool at_line_start_ = false;
  std::optional<std::size_t> indent_tab_;
  std::optional<std::size_t> missing_colon_;
  std::optional<std::size_t> missing_key_;
};

}  // namespace

NodeWalk find_node_ends(std::string_view text, std::size_t begin, std::size_t end, Node& root) {
  return Walker(text, begin, end).walk(root);
}

}  // namespace meshctl::inject
