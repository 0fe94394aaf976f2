#include "cli/inject/entry_cut.h"

#include <fmt/format.h>

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

/// Whether the bytes of `cut`, put at the neighbour whose key begins at `lead`, mean what they did.
bool fits(const SourceText& source, const Node& mapping, const CutEntry& cut, std::size_t lead) {
  const auto last = cut.text.find_last_not_of(kWhite);
  if (last == std::string::npos) return false;
  const bool from_flow = cut.before_neighbour ? cut.text[last] == ',' : cut.text.front() == ',';
  if (from_flow != (mapping.style == NodeStyle::Flow)) return false;
  const bool is_json = source.bytes()[mapping.children[0].begin] == '"';
  if (from_flow) return !is_json || cut.text.find('"') < cut.text.find(':');
  const auto newline = cut.before_neighbour ? cut.text.rfind('\n') : cut.text.find('\n');
  if (newline == std::string::npos) return false;
  const bool has_cr = newline > 0 && cut.text[newline - 1] == '\r';
  if (has_cr != (source.newline() == "\r\n")) return false;
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

}  // namespace

Result<EntryCut, CannotEdit> cut_entry(const SourceText& source, const Node& mapping,
                                       std::string_view key) {
  const auto& children = mapping.children;
  const Entry entry = find(mapping, key);
  MESHCTL_ASSERT(entry);
  const auto index = static_cast<std::size_t>(entry.key - children.data());
  const bool is_first = index == 0;
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
