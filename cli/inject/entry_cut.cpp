#include "cli/inject/entry_cut.h"

#include <fmt/format.h>

#include "cli/inject/json_reader.h"
#include "cli/inject/json_stream.h"
#include "cli/inject/scalar_value.h"
#include "cli/inject/yaml_writer.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {
namespace {

constexpr std::string_view kWhite = " \t\r\n";

/// The bytes from `begin` to `end`, as a cut beside the entry `neighbour`.
EntryCut cut_between(const SourceText& source, std::size_t begin, std::size_t end,
                     const Node& neighbour, bool before) {
  EntryCut cut{begin, source.bytes().substr(begin, end - begin), {}};
  cut.entry = {cut.text, neighbour.value, before};
  return cut;
}

/// `text` without comments: what stands behind a `#` that white space precedes.
std::string without_comments(std::string_view text) {
  std::string rest;
  bool is_comment = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_behind_white = i == 0 || kWhite.find(text[i - 1]) != std::string_view::npos;
    if (text[i] == '\n') is_comment = false;
    if (text[i] == '#' && is_behind_white) is_comment = true;
    if (!is_comment) rest += text[i];
  }
  return rest;
}

/// Whether `text` is an entry as JSON has it, and the comma and white space beside it.
bool is_json_entry(std::string_view text) {
  constexpr std::string_view kBeside = ", \t\r\n";
  const auto first = text.find_first_not_of(kBeside);
  const auto last = text.find_last_not_of(kBeside);
  if (first == std::string_view::npos) return false;
  const auto object = "{" + std::string(text.substr(first, last - first + 1)) + "}";
  return read_json(object, 0, object.size()).has_value();
}

/// Whether the bytes of `cut`, put at the neighbour whose key begins at `lead`, mean what they did.
bool fits(const SourceText& source, const Node& mapping, const CutEntry& cut, std::size_t lead) {
  const auto text = without_comments(cut.text);
  const auto mark =
      cut.before_neighbour ? text.find_last_not_of(kWhite) : text.find_first_not_of(kWhite);
  if (mark == std::string::npos) return false;
  const bool from_flow = text[mark] == ',';
  if (from_flow != (mapping.style == NodeStyle::Flow)) return false;
  if (from_flow) return !is_json_stream(source) || is_json_entry(cut.text);
  const auto newline = cut.before_neighbour ? cut.text.rfind('\n') : cut.text.find('\n');
  if (newline == std::string::npos) return false;
  const bool has_cr = newline > 0 && cut.text[newline - 1] == '\r';
  const bool is_foreign = has_cr != (source.newline() == "\r\n");
  if (is_foreign && !source.has_mixed_newlines()) return false;
  const auto last_line = cut.text.rfind('\n') + 1;
  const auto first = cut.text.find_first_not_of(' ', last_line);
  const auto indent = (first == std::string::npos ? cut.text.size() : first) - last_line;
  return indent == source.indent(lead);
}

/// The entry as we would write it beside its neighbour.
std::string rewritten(const SourceText& source, const Node& mapping, const CutEntry& cut,
                      std::size_t lead, std::string_view key, const Node& value) {
  const Value data = value_of(value);
  if (mapping.style == NodeStyle::Flow) {
    const auto pair = json_string(key) + ": " + flow(data);
    return cut.before_neighbour ? pair + ", " : ", " + pair;
  }
  const BlockLayout layout{source.indent(lead), source.newline(), true};
  const auto line = block_entry(key, data, layout);
  if (!cut.before_neighbour) return line;
  // block_entry() leads with a line end and the indentation; here they go behind.
  const auto head = source.newline().size() + layout.indent;
  return line.substr(head) + line.substr(0, head);
}

/// Whether the entry can be put back from its text alone, and nothing else needs it.
bool is_plain(const SourceText& source, const Node& mapping, const Entry& entry) {
  const bool is_explicit = entry.key->lead != entry.key->begin;
  const bool is_anchored = entry.key->anchor != 0 || entry.value->anchor != 0;
  const auto text = source.bytes().substr(entry.key->begin, entry.value->end - entry.key->begin);
  const bool is_one_line =
      mapping.style != NodeStyle::Block || text.find('\n') == std::string_view::npos;
  return !is_explicit && !is_anchored && is_one_line;
}

}  // namespace

Result<EntryCut, CannotEdit> cut_entry(const SourceText& source, const Node& mapping,
                                       std::string_view key) {
  const auto& children = mapping.children;
  const Entry entry = find(mapping, key);
  MESHCTL_ASSERT(entry);
  const auto index = static_cast<std::size_t>(entry.key - children.data());
  const bool is_first = index == 0;
  if (!is_plain(source, mapping, entry)) {
    return fail(CannotEdit{
        entry.key->lead, fmt::format("`{}` has to be taken out here, and is no plain entry", key),
        fmt::format("write it in one line, `{}: value`, without an anchor", key)});
  }
  const bool can_cut = mapping.style == NodeStyle::Block || mapping.style == NodeStyle::Flow;
  if (!can_cut || children.size() <= 2) {
    return fail(CannotEdit{entry.key->begin, fmt::format("`{}` cannot be taken out here", key),
                           "write the entry that it belongs to as `key: value` lines"});
  }
  if (is_first) {
    return cut_between(source, entry.key->lead, children[2].lead, children[2], true);
  }
  const Node& neighbour = children[index - 2];
  auto begin = children[index - 1].end;
  auto end = entry.value->end;
  if (mapping.style == NodeStyle::Block) {
    begin = source.line_end(begin);
    end = source.line_end(end);
  }
  return cut_between(source, begin, end, neighbour, false);
}

TextEdit put_back(const SourceText& source, const Node& mapping, const CutEntry& cut,
                  std::string_view key, const Node& value) {
  const Entry neighbour = find(mapping, cut.neighbour);
  MESHCTL_ASSERT(neighbour);
  const auto lead = neighbour.key->lead;
  auto at = lead;
  if (!cut.before_neighbour) {
    at = neighbour.value->end;
    if (mapping.style == NodeStyle::Block) at = source.line_end(at);
  }
  return {at, 0,
          fits(source, mapping, cut, lead) ? cut.text
                                           : rewritten(source, mapping, cut, lead, key, value)};
}

}  // namespace meshctl::inject
