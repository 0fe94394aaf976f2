#include "cli/inject/insertion.h"

#include <algorithm>

#include "cli/inject/yaml_writer.h"

namespace meshctl::inject {
namespace {

const Node& last_leaf(const Node& node) {
  const Node* leaf = &node;
  while (leaf->style == NodeStyle::Block && !leaf->children.empty()) leaf = &leaf->children.back();
  return *leaf;
}

/// A block scalar whose last line has no line end would gain one from anything put behind it; white
/// space in that line counts.
bool would_gain_newline(const SourceText& source, const Node& collection) {
  const Node& leaf = last_leaf(collection);
  const auto& text = source.bytes();
  if (leaf.style != NodeStyle::BlockScalar || text.ends_with('\n')) return false;
  if (text.find_first_not_of(" \t\r\n", leaf.end) != std::string::npos) return false;
  if (leaf.end < text.size()) return true;
  const auto header =
      source.bytes().substr(leaf.content, source.line_end(leaf.content) - leaf.content);
  return header.substr(0, header.find_first_of(" \t#")).find('-') == std::string::npos;
}

std::string block_lines(const Value& added, const BlockLayout& layout) {
  std::string lines;
  if (const auto* map = std::get_if<Value::Map>(&added.data)) {
    for (const auto& [key, value] : *map) lines += block_entry(key, value, layout);
  } else {
    for (const Value& item : std::get<Value::List>(added.data)) lines += block_item(item, layout);
  }
  return lines;
}

/// How this document indents the lists in its mappings, as far as `target` shows it.
bool dashes_at_key(const SourceText& source, const Target& target) {
  const Node& list = *target.collection;
  if (!list.is_sequence() || list.children.empty() || target.key == nullptr) return true;
  return source.indent(list.children.front().lead) <= source.indent(target.key->lead);
}

Result<TextEdit, CannotEdit> append_block(const SourceText& source, const Target& target,
                                          const Value& added) {
  const Node& collection = *target.collection;
  if (would_gain_newline(source, collection)) {
    return fail(CannotEdit{last_leaf(collection).content,
                           "the block scalar that ends the file has no final newline, and would "
                           "gain one from a line behind it",
                           "end the file with a newline"});
  }
  const BlockLayout layout{source.indent(collection.children.front().lead), source.newline(),
                           dashes_at_key(source, target)};
  return TextEdit{source.line_end(collection.end), 0, block_lines(added, layout)};
}

std::string inner_of(std::string text) {
  return text.substr(1, text.size() - 2);
}

Result<TextEdit, CannotEdit> append_flow(const SourceText& source, const Node& collection,
                                         const Value& added) {
  if (collection.children.empty()) {
    return TextEdit{collection.content + 1, 0, inner_of(flow(added))};
  }
  const auto count = collection.children.size();
  const Node& last = collection.children[collection.is_mapping() ? count - 2 : count - 1];
  const auto end = collection.children.back().end;
  const auto line = source.line_begin(last.lead);
  const auto prefix = source.bytes().substr(line, last.lead - line);
  if (prefix.find_first_not_of(" \t") != std::string::npos || line <= collection.content) {
    return TextEdit{end, 0, ", " + inner_of(flow(added))};
  }
  const std::string step = prefix.find('\t') != std::string::npos ? "\t" : "  ";
  // All but the last line of the brackets' inside, one step out: they stand at `prefix` then.
  const auto outer = prefix.substr(0, prefix.size() - std::min(prefix.size(), step.size()));
  auto lines = inner_of(flow_lines(added, outer, prefix.substr(outer.size()), source.newline()));
  lines.resize(lines.size() - outer.size() - source.newline().size());
  return TextEdit{end, 0, "," + lines};
}

Result<TextEdit, CannotEdit> fill_null(const SourceText& source, const Target& target,
                                       const Value& added) {
  const Node& null = *target.collection;
  if (target.parent == nullptr || target.key == nullptr) {
    return fail(CannotEdit{null.begin, "the document is empty here", ""});
  }
  if (null.anchor != 0) {
    return fail(
        CannotEdit{null.begin, "this has to be filled, and has an anchor", "take the anchor out"});
  }
  if (null.style != NodeStyle::Absent) {
    return TextEdit{null.content, null.end - null.content, flow(added)};
  }
  const auto between =
      source.bytes().substr(target.key->end, null.end - std::min(null.end, target.key->end));
  if (between.find(':') == std::string::npos) {
    return fail(
        CannotEdit{target.key->begin, "a colon is missing behind this key", "write it as `key:`"});
  }
  const bool in_block = target.parent->style == NodeStyle::Block;
  if (!in_block) return TextEdit{null.end, 0, " " + flow(added)};
  const bool is_list = std::holds_alternative<Value::List>(added.data);
  const auto key_column = source.indent(target.key->lead);
  const BlockLayout layout{is_list ? key_column : key_column + 2, source.newline(), true};
  return TextEdit{source.line_end(null.end), 0, block_lines(added, layout)};
}

}  // namespace

Result<TextEdit, CannotEdit> append(const SourceText& source, const Target& target,
                                    const Value& added) {
  const Node& collection = *target.collection;
  const bool wants_map = std::holds_alternative<Value::Map>(added.data);
  if (collection.is_null()) return fill_null(source, target, added);
  if (wants_map ? !collection.is_mapping() : !collection.is_sequence()) {
    return fail(CannotEdit{collection.begin,
                           wants_map ? "a mapping is needed here" : "a list is needed here",
                           wants_map ? "`key: value` lines" : "`- item` lines"});
  }
  if (collection.style == NodeStyle::Block) return append_block(source, target, added);
  if (collection.style == NodeStyle::Flow) return append_flow(source, collection, added);
  return fail(CannotEdit{collection.begin, "a pair without braces cannot be added to",
                         "put braces round it"});
}

}  // namespace meshctl::inject
