#include "cli/inject/document.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <set>
#include <sstream>
#include <vector>

#include "cli/inject/json_reader.h"
#include "cli/inject/line_break.h"
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

/// The first key that is a mapping or list itself; `{{ .x }}` reads as a mapping with such a key.
const Node* find_complex_key(const Node& node) {
  for (std::size_t i = 0; i < node.children.size(); ++i) {
    const Node& child = node.children[i];
    if (child.children.empty()) continue;
    if (node.is_mapping() && i % 2 == 0) return &child;
    if (const Node* found = find_complex_key(child)) return found;
  }
  return nullptr;
}

Diagnostic explain_complex_key(const SourceText& source, const Node& key) {
  const std::string_view text = source.bytes();
  if (text.substr(key.begin, 2) == "{{") return unrendered_template(source, key.begin);
  if (text.substr(0, key.begin + 1).ends_with("{{")) {
    return unrendered_template(source, key.begin - 1);
  }
  return at(source, key.begin, Severity::Error, "this key is a list or mapping itself",
            "kubectl takes text as a key only; quote it if it is meant to be text");
}

/// The first node whose tag has a handle, as in `!e!name`: only a directive could declare it.
const Node* find_undeclared_tag(const Node& node) {
  if (node.tag.starts_with('!') && node.tag.find('!', 1) != std::string::npos) return &node;
  for (const Node& child : node.children) {
    if (const Node* found = find_undeclared_tag(child)) return found;
  }
  return nullptr;
}

/// The first alias that stands inside what it is an alias of. `complete` gathers the anchors whose
/// nodes have ended.
const Node* find_self_alias(const Node& node, std::set<int>& complete) {
  if (node.kind == NodeKind::Alias) return complete.contains(node.anchor) ? nullptr : &node;
  for (const Node& child : node.children) {
    if (const Node* found = find_self_alias(child, complete)) return found;
  }
  if (node.anchor != 0) complete.insert(node.anchor);
  return nullptr;
}

Diagnostic explain_json(const SourceText& source, const JsonProblem& found) {
  const auto rest = std::string_view(source.bytes()).substr(found.offset);
  if (found.offset > 0 && source.bytes()[found.offset - 1] == '{' &&
      (rest.starts_with('{') || rest.starts_with('%'))) {
    return unrendered_template(source, found.offset - 1);
  }
  return at(source, found.offset, Severity::Error, found.problem, found.hint);
}

Result<std::optional<Document>, Diagnostic> parse_json(const SourceText& source,
                                                       DocumentRange range) {
  auto root = read_json(source.bytes(), range.begin, range.end);
  if (!root) return fail(explain_json(source, root.error()));
  return Document(range, std::move(*root));
}

/// What the parser let pass and kubectl would not, or would read in another way.
std::optional<Diagnostic> find_disagreement(const SourceText& source, DocumentRange range,
                                            const NodeWalk& walk, const Node& root) {
  if (walk.indent_tab) {
    const auto line = source.line_begin(*walk.indent_tab);
    const auto before = std::string_view(source.bytes()).substr(line, *walk.indent_tab - line);
    const bool is_first = before.find_first_not_of(' ') == std::string_view::npos;
    if (!is_first) {
      return at(source, *walk.indent_tab, Severity::Error,
                "a tab stands here, where kubectl takes spaces only", "write a space");
    }
    return at(source, *walk.indent_tab, Severity::Error, "a tab indents this line",
              "YAML is indented by spaces only");
  }
  if (walk.missing_colon) return explain_missing_colon(source, range, *walk.missing_colon);
  if (walk.missing_key) {
    return at(source, *walk.missing_key, Severity::Error, "there is no key before this `:`",
              "write `key: value`; quote a text that begins with `: `");
  }
  if (walk.lost_at) return explain_lost_way(source, range, *walk.lost_at);
  if (const Node* key = find_complex_key(root)) return explain_complex_key(source, *key);
  if (const Node* tagged = find_undeclared_tag(root)) {
    return at(source, tagged->begin, Severity::Error,
              "no directive declares the handle of this tag",
              "kubectl reads no directives; remove the tag, or quote the value");
  }
  std::set<int> complete;
  if (const Node* alias = find_self_alias(root, complete)) {
    return at(source, alias->begin, Severity::Error, "this alias stands inside its own anchor",
              "kubectl refuses that; write out what is meant");
  }
  if (const auto found = find_line_break(source.bytes(), range.begin, range.end, root)) {
    return unicode_line_break(source, *found);
  }
  return std::nullopt;
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

namespace {

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

}  // namespace

Result<std::optional<Document>, Diagnostic> parse_document(const SourceText& source,
                                                           DocumentRange range) {
  if (range.is_json) return parse_json(source, range);
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
  if (auto problem = find_disagreement(source, range, walk, *root))
    return fail(std::move(*problem));
  Document document(range, std::move(root));
  if (document.has_aliases() && expanded_size(document, kMaxExpandedNodes) >= kMaxExpandedNodes) {
    return fail(at(source, range.begin, Severity::Error,
                   "the aliases of this document expand to a million nodes or more",
                   "kubectl refuses that; is this the right file?"));
  }
  return document;
}

}  // namespace meshctl::inject
