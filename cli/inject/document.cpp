#include "cli/inject/document.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>
#include <vector>

#include "cli/inject/node_ends.h"
#include "cli/inject/parse_advice.h"

namespace meshctl::inject {
namespace {

/// Builds our tree from yaml-cpp's events. yaml-cpp delivers events before it finds an error
/// further on, so the tree counts only once the document has ended.
class TreeBuilder : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    if (++documents_ == 2) second_at_ = static_cast<std::size_t>(mark.pos);
    open_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t anchor) override {
    add(NodeKind::Null, "", anchor, "");
  }
  void OnAlias(const YAML::Mark&, YAML::anchor_t anchor) override {
    add(NodeKind::Alias, "", anchor, "");
  }
  void OnScalar(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    add(NodeKind::Scalar, tag, anchor, value);
  }
  void OnSequenceStart(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    begin(NodeKind::Sequence, tag, anchor, style);
  }
  void OnSequenceEnd() override { open_.pop_back(); }
  void OnMapStart(const YAML::Mark&, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    begin(NodeKind::Mapping, tag, anchor, style);
  }
  void OnMapEnd() override { open_.pop_back(); }

  std::unique_ptr<Node> take_root() { return std::move(root_); }
  std::optional<std::size_t> second_document() const { return second_at_; }

 private:
  Node& add(NodeKind kind, const std::string& tag, YAML::anchor_t anchor,
            const std::string& value) {
    Node node;
    node.kind = kind;
    node.value = value;
    // `?` is yaml-cpp's "none", `!` its "a quoted scalar": both say nothing of a tag in the text.
    if (tag != "?" && tag != "!") node.tag = tag;
    node.anchor = static_cast<int>(anchor);
    if (open_.empty()) {
      root_ = std::make_unique<Node>(std::move(node));
      return *root_;
    }
    open_.back()->children.push_back(std::move(node));
    return open_.back()->children.back();
  }

  /// A parent gains no child while one of its children is open, so the pointers hold.
  void begin(NodeKind kind, const std::string& tag, YAML::anchor_t anchor,
             YAML::EmitterStyle::value style) {
    Node& node = add(kind, tag, anchor, "");
    node.style = style == YAML::EmitterStyle::Block ? NodeStyle::Block : NodeStyle::Flow;
    open_.push_back(&node);
  }

  int documents_ = 0;
  std::optional<std::size_t> second_at_;
  std::unique_ptr<Node> root_;
  std::vector<Node*> open_;
};

/// JSON may be indented by tabs, which yaml-cpp refuses. A raw tab in JSON is only ever white
/// space, so spaces in their place keep meaning and offsets.
std::string parser_text(const SourceText& source, DocumentRange range) {
  std::string text = source.bytes().substr(range.begin, range.end - range.begin);
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first != std::string::npos && text[first] == '{') std::ranges::replace(text, '\t', ' ');
  return text;
}

/// go-yaml's rule is a ratio; this is a plain bound far beyond what a manifest needs.
constexpr std::size_t kMaxExpandedNodes = 1'000'000;

/// `{{ .x }}` parses as a mapping whose key is a mapping.
const Node* find_template(const Node& node) {
  if (node.is_mapping() && node.style == NodeStyle::Flow && !node.children.empty() &&
      node.children.front().is_mapping() && node.children.front().begin == node.content + 1) {
    return &node;
  }
  for (const Node& child : node.children) {
    if (const Node* found = find_template(child)) return found;
  }
  return nullptr;
}

}  // namespace

Document::Document(DocumentRange range, std::unique_ptr<Node> root)
    : range_(range), root_(std::move(root)) {
  index(*root_);
}

void Document::index(const Node& node) {
  if (node.kind == NodeKind::Alias) {
    ++aliases_[node.anchor];
  } else if (node.anchor != 0) {
    anchors_[node.anchor] = &node;
  }
  for (const Node& child : node.children) index(child);
}

const Node& Document::resolve(const Node& node) const {
  if (node.kind != NodeKind::Alias) return node;
  const auto found = anchors_.find(node.anchor);
  return found == anchors_.end() ? node : *found->second;
}

bool Document::is_shared(const Node& node) const {
  return node.kind != NodeKind::Alias && node.anchor != 0 && aliases_.contains(node.anchor);
}

/// How many nodes the document has once its aliases are replaced by what they stand for; stops
/// counting at `limit`.
std::size_t expanded_size(const Document& document, std::size_t limit) {
  std::map<int, std::size_t> sizes;
  const auto measure = [&](const auto& self, const Node& node) -> std::size_t {
    if (node.kind == NodeKind::Alias) {
      const auto known = sizes.find(node.anchor);  // an alias comes after its anchor is complete
      return known == sizes.end() ? 1 : known->second;
    }
    std::size_t size = 1;
    for (const Node& child : node.children) size = std::min(limit, size + self(self, child));
    if (node.anchor != 0) sizes[node.anchor] = size;
    return size;
  };
  return measure(measure, document.root());
}

Result<std::optional<Document>, Diagnostic> parse_document(const SourceText& source,
                                                           DocumentRange range) {
  TreeBuilder tree;
  try {
    std::istringstream stream(parser_text(source, range));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(tree)) {
      if (tree.second_document()) break;
    }
  } catch (const YAML::DeepRecursion&) {
    return fail(about(source.name(), Severity::Error, "a document is nested more than 500 deep",
                      "no manifest needs that; is this the right file?"));
  } catch (const YAML::Exception& problem) {
    const auto offset = problem.mark.is_null() ? 0 : static_cast<std::size_t>(problem.mark.pos);
    return fail(explain_parse_error(source, range, range.begin + offset, problem.msg));
  }
  if (const auto second = tree.second_document()) {
    return fail(explain_second_document(source, range, range.begin + *second));
  }
  auto root = tree.take_root();
  if (!root) return std::nullopt;
  const NodeWalk walk = find_node_ends(source.bytes(), range.begin, range.end, *root);
  if (walk.indent_tab) {
    return fail(at(source, *walk.indent_tab, Severity::Error, "a tab indents this line",
                   "YAML is indented by spaces only"));
  }
  if (walk.missing_colon) {
    return fail(at(source, *walk.missing_colon, Severity::Error, "this key has no `:` behind it",
                   "write `key: value`; is the file cut off?"));
  }
  if (const Node* found = walk.lost_at ? nullptr : find_template(*root)) {
    return fail(unrendered_template(source, found->begin));
  }
  if (walk.lost_at) {
    return fail(at(source, *walk.lost_at, Severity::Error,
                   "this does not read the same way to every YAML parser",
                   "quote the value, or write it in a plainer way"));
  }
  Document document(range, std::move(root));
  if (expanded_size(document, kMaxExpandedNodes) >= kMaxExpandedNodes) {
    return fail(at(source, range.begin, Severity::Error,
                   "the aliases of this document expand to a million nodes or more",
                   "kubectl refuses that; is this the right file?"));
  }
  return document;
}

}  // namespace meshctl::inject
