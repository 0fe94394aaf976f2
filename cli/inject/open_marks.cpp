#include "cli/inject/open_marks.h"

#include <algorithm>

namespace meshctl::inject {
namespace {

bool is_white(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

class Scanner {
 public:
  Scanner(std::string_view text, std::size_t begin) : text_(text), at_(begin) {}

  OpenMarks scan() {
    line_begin_ = column_ = at_;
    while (at_ < text_.size()) token();
    return std::move(marks_);
  }

 private:
  bool in_flow() const { return !marks_.brackets.empty(); }
  bool white_at(std::size_t offset) const {
    return offset >= text_.size() || is_white(text_[offset]);
  }
  std::size_t line_end(std::size_t from) const {
    return std::min(text_.find('\n', from), text_.size());
  }

  /// Stands where a token may begin: behind white space or a mark.
  void token() {
    const char c = text_[at_];
    if (c == '\n') {
      line_begin_ = column_ = ++at_;
    } else if (is_white(c)) {
      ++at_;
    } else if (c == '#') {
      at_ = line_end(at_);
    } else if ((c == '-' || c == '?' || c == ':') && white_at(at_ + 1)) {
      if (c == '-') column_ = at_;
      ++at_;
    } else if (c == '"' || c == '\'') {
      quoted(c);
    } else if (c == '[' || c == '{') {
      marks_.brackets.push_back(at_++);
    } else if (in_flow() && (c == ']' || c == '}')) {
      marks_.brackets.pop_back();
      ++at_;
    } else if (c == ',' && in_flow()) {
      ++at_;
    } else if (c == '&' || c == '!' || c == '*') {
      while (!white_at(at_) && !(in_flow() && is_flow_mark(text_[at_]))) ++at_;
    } else if ((c == '|' || c == '>') && !in_flow()) {
      block_scalar();
    } else {
      plain();
    }
  }

  static bool is_flow_mark(char c) {
    return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
  }

  /// What begins a line, behind dashes, may be the key of a block scalar.
  void note_column() {
    const auto before = text_.substr(line_begin_, at_ - line_begin_);
    if (before.find_first_not_of(" -") == std::string_view::npos) column_ = at_;
  }

  void quoted(char quote) {
    note_column();
    const auto begin = at_++;
    for (; at_ < text_.size(); ++at_) {
      if (quote == '"' && text_[at_] == '\\') {
        ++at_;
      } else if (text_[at_] == quote) {
        if (quote == '"' || at_ + 1 >= text_.size() || text_[at_ + 1] != '\'') break;
        ++at_;
      }
    }
    if (at_ >= text_.size()) {
      marks_.quote = begin;
      at_ = text_.size();
      return;
    }
    marks_.last_quoted = QuotedSpan{begin, ++at_};
    // `"key":value` is a key in flow context.
    if (in_flow() && at_ < text_.size() && text_[at_] == ':') ++at_;
  }

  void plain() {
    note_column();
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_) {
      const char c = text_[at_];
      if (c == ':' && white_at(at_ + 1)) return;
      if (c == '#' && is_white(text_[at_ - 1])) return;
      if (in_flow() && is_flow_mark(c)) return;
    }
  }

  /// Its text is indented deeper than the key or dash that it belongs to.
  void block_scalar() {
    const auto parent = column_ - line_begin_;
    for (at_ = line_end(at_); at_ < text_.size(); at_ = line_end(at_ + 1)) {
      const auto first = text_.find_first_not_of(" \r", at_ + 1);
      if (first == std::string_view::npos) {
        at_ = text_.size();
        return;
      }
      if (text_[first] != '\n' && first - at_ - 1 <= parent) return;
    }
  }

  std::string_view text_;
  std::size_t at_;
  std::size_t line_begin_ = 0;
  std::size_t column_ = 0;  ///< offset of the last dash or key of the line
  OpenMarks marks_;
};

}  // namespace

OpenMarks find_open_marks(std::string_view text, std::size_t begin, std::size_t offset) {
  return Scanner(text.substr(0, offset), begin).scan();
}

}  // namespace meshctl::inject
