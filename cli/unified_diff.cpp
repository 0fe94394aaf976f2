#include "cli/unified_diff.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <span>
#include <vector>

#include "cli/line_diff.h"
#include "cli/terminal_text.h"

namespace meshctl::cli {
namespace {

constexpr std::size_t kContextLines = 3;  // as git and diff -u

constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kCyan = "\x1b[36m";
constexpr std::string_view kPlain = "\x1b[m";

/// The lines of `text` with their line ends; the last may have none.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

/// `a/web.yml`; in quotes and with escapes where git needs them to read it back. A tab ends a name
/// with a space, which patch would else end there.
std::string header_name(std::string_view side, std::string_view name) {
  auto path = std::filesystem::path(name).lexically_normal().string();
  path.erase(0, path.find_first_not_of('/'));
  std::string quoted;
  for (const char c : path) {
    if (c == '"' || c == '\\') {
      quoted += fmt::format("\\{}", c);
    } else if (static_cast<unsigned char>(c) < 0x20U || c == '\x7F') {
      quoted += fmt::format("\\{:03o}", static_cast<unsigned char>(c));
    } else {
      quoted += c;
    }
  }
  if (quoted != path) return fmt::format("\"{}/{}\"", side, quoted);
  return fmt::format("{}/{}{}", side, path, path.find(' ') == std::string::npos ? "" : "\t");
}

/// `12,3`, `12`, or `11,0` for no line behind line 11.
std::string range(std::size_t begin, std::size_t end) {
  if (end - begin == 1) return fmt::format("{}", begin + 1);
  return fmt::format("{},{}", end == begin ? begin : begin + 1, end - begin);
}

/// Changes that share their context.
using Group = std::span<const LineChange>;

class DiffWriter {
 public:
  DiffWriter(std::span<const std::string_view> before, std::span<const std::string_view> after,
             const DiffStyle& style)
      : before_(before), after_(after), style_(style) {}

  void write_names(std::string_view name) {
    write(kBold, "--- " + header_name("a", name));
    write(kBold, "+++ " + header_name("b", name));
  }

  void write_hunk(Group group) {
    const auto lead = std::min(kContextLines, group.front().before_begin);
    const auto tail = std::min(kContextLines, before_.size() - group.back().before_end);
    auto at = group.front().before_begin - lead;
    write(kCyan,
          fmt::format("@@ -{} +{} @@", range(at, group.back().before_end + tail),
                      range(group.front().after_begin - lead, group.back().after_end + tail)));
    for (const LineChange& change : group) {
      for (; at < change.before_begin; ++at) write_line({}, ' ', before_[at]);
      for (; at < change.before_end; ++at) write_line(kRed, '-', before_[at]);
      for (auto i = change.after_begin; i < change.after_end; ++i) {
        write_line(kGreen, '+', after_[i]);
      }
    }
    for (const auto end = at + tail; at < end; ++at) write_line({}, ' ', before_[at]);
  }

  std::string take() { return std::move(text_); }

 private:
  void write(std::string_view colour, std::string_view line) {
    const bool is_coloured = style_.colours && !colour.empty();
    if (is_coloured) text_ += colour;
    text_ += line;
    if (is_coloured) text_ += kPlain;
    text_ += '\n';
  }

  void write_line(std::string_view colour, char mark, std::string_view line) {
    const bool is_ended = line.ends_with('\n');
    if (is_ended) line.remove_suffix(1);
    write(colour, fmt::format("{}{}", mark, style_.escapes ? visible_line(line) : line));
    if (!is_ended) write({}, "\\ No newline at end of file");
  }

  std::span<const std::string_view> before_;
  std::span<const std::string_view> after_;
  const DiffStyle& style_;
  std::string text_;
};

}  // namespace

std::string unified_diff(std::string_view name, std::string_view before, std::string_view after,
                         const DiffStyle& style) {
  const auto old_lines = lines_of(before);
  const auto new_lines = lines_of(after);
  const auto changes = changed_lines(old_lines, new_lines);
  if (changes.empty()) return {};
  DiffWriter writer(old_lines, new_lines, style);
  writer.write_names(name);
  for (std::size_t first = 0, next = 0; first < changes.size(); first = next) {
    for (next = first + 1; next < changes.size(); ++next) {
      const auto between = changes[next].before_begin - changes[next - 1].before_end;
      if (between > 2 * kContextLines) break;
    }
    writer.write_hunk(Group(changes).subspan(first, next - first));
  }
  return writer.take();
}

}  // namespace meshctl::cli
