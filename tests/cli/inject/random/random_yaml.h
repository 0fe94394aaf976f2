#pragma once

#include <string>

#include "tests/cli/inject/random/draft.h"
#include "tests/cli/inject/random/random_source.h"

namespace meshctl::inject {

/// Writes drafts as YAML documents the way people do: any indentation, in one document several;
/// block and flow style, quotes, block scalars, comments, blank lines and white space anywhere.
/// A comment is `# because N: ...`, with another number each.
class RandomYaml {
 public:
  explicit RandomYaml(RandomSource& random) : random_(random) {}

  /// A document in block style; `root` is a map.
  void block_document(const Draft& root);
  /// A document that is one collection in flow style; has_flow(root).
  void flow_document(const Draft& root);
  /// A line of its own at column 0: a marker, say.
  void line(const std::string& text);
  /// A line of nothing but a comment.
  void comment_line(std::size_t indent);

  /// Whether a block scalar is the last thing: it needs the final newline.
  [[nodiscard]] bool ends_in_scalar() const { return ends_in_scalar_; }
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::size_t pick(std::size_t count) { return random_.pick(count); }
  bool one_in(std::size_t count) { return random_.one_in(count); }

  std::string comment();
  void choose_style();
  void begin_line(std::size_t indent);
  void end_line();
  void block(const Draft& collection, std::size_t indent);
  void rest_of_block(const Draft& collection, std::size_t indent);
  void entry(const std::string& key, const Draft& value, std::size_t indent);
  void item(const Draft& value, std::size_t indent);
  bool in_line(const Draft& value, std::size_t indent, bool is_item);
  void odd(const Draft& value, std::size_t indent);
  void block_scalar(const std::string& lines, std::size_t indent, bool is_item);

  RandomSource& random_;
  std::string text_;
  bool ends_in_scalar_ = false;
  int comments_ = 0;
  std::size_t step_ = 2;        ///< of most mappings of the document
  std::size_t noise_ = 20;      ///< one line in how many has something before or behind it
  std::size_t flow_ = 6;        ///< one small collection in how many is in flow style
  bool dashes_at_key_ = false;  ///< most lists of the document begin below the key's first letter
};

}  // namespace meshctl::inject
