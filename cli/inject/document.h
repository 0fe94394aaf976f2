#pragma once

#include <map>
#include <memory>
#include <optional>

#include "cli/inject/diagnostic.h"
#include "cli/inject/document_range.h"
#include "cli/inject/node.h"
#include "cli/inject/source_text.h"
#include "runtime/base/result.h"

namespace meshctl::inject {

/// One parsed document. Nodes stay where they are when it moves.
class Document {
 public:
  Document(DocumentRange range, std::unique_ptr<Node> root);

  const DocumentRange& range() const { return range_; }
  const Node& root() const { return *root_; }

  /// The node that an alias stands for; any other node itself. For reading only: who edits the
  /// target edits each of its users.
  const Node& resolve(const Node& node) const;
  bool has_aliases() const { return !aliases_.empty(); }
  /// Whether some alias of the document points at `node`.
  bool is_shared(const Node& node) const;

 private:
  void index(const Node& node);

  DocumentRange range_;
  std::unique_ptr<Node> root_;
  std::map<int, const Node*> anchors_;
  std::map<int, std::size_t> aliases_;  // target's number -> how many aliases
};

/// Parses the document in `range`: nothing for one of comments and white space only. What does not
/// parse, and what kubectl would refuse for its size, depth, tabs or template marks, is a problem
/// with its place and, where the cause is a known one, its cure.
[[nodiscard]] Result<std::optional<Document>, Diagnostic> parse_document(const SourceText& source,
                                                                         DocumentRange range);

}  // namespace meshctl::inject
