#include "tests/cli/inject/untouched_text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <string_view>
#include <vector>

namespace meshctl::inject {
namespace {

using Lines = std::vector<std::string>;
using Line = Lines::const_iterator;

Lines lines_of(const std::string& text) {
  Lines lines;
  for (std::size_t begin = 0; begin <= text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    auto line = text.substr(begin, end - begin);
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(std::move(line));
    begin = end + 1;
  }
  return lines;
}

char first_mark(const std::string& line) {
  const auto first = line.find_first_not_of(" \t");
  return first == std::string::npos ? '\0' : line[first];
}

bool has_content(const std::string& line) {
  return first_mark(line) != '\0' && first_mark(line) != '#';
}

bool ends_flow(const std::string& line) {
  return first_mark(line) == '}' || first_mark(line) == ']';
}

bool is_in_flow(const std::string& line) {
  return line.find(',') != std::string::npos;
}

template <typename Words>
bool has_any(const std::string& line, const Words& words) {
  return std::ranges::any_of(
      words, [&](const char* word) { return line.find(word) != std::string::npos; });
}

/// Keys may be written with an escape.
bool has_name(const std::string& line) {
  return has_any(line, std::array{"name", "\\u"});
}

/// A port, a name of a port, or a null that is filled.
bool may_lose(const std::string& line) {
  return has_name(line) ||
         has_any(line, std::array{"ort", "annotations", "metadata", "initContainers"});
}

/// Whether `now` is `line`, or becomes it again when one piece is taken out.
bool is_or_holds(std::string_view now, std::string_view line) {
  if (now.size() < line.size()) return false;
  const auto differ = std::ranges::mismatch(line, now).in1 - line.begin();
  return now.ends_with(line.substr(static_cast<std::size_t>(differ)));
}

/// Whether a line need not be found again. What stands between a name and the line before goes with
/// it: comments, in flow style the comma too. The comma and the bracket behind the last member go
/// behind what is added.
bool may_differ(const Lines& lines, Line line) {
  if (may_lose(*line) || ends_flow(*line)) return true;
  const auto next = std::find_if(is_in_flow(*line) ? line + 1 : line, lines.end(), has_content);
  if (next == lines.end()) return false;
  return may_lose(*next) || (is_in_flow(*line) && ends_flow(*next));
}

/// Whether the comment in a line may go with the name of a port.
bool may_hide(const Lines& lines, Line line) {
  const auto next = std::find_if(line + 1, lines.end(), has_content);
  const bool is_before_name = next != lines.end() && has_name(*next);
  if (has_content(*line)) return has_name(*line) || (is_in_flow(*line) && is_before_name);
  const auto before = std::find_if(std::make_reverse_iterator(line), lines.rend(), has_content);
  return is_before_name || (before != lines.rend() && has_name(*before));
}

/// `text` without the values of the state annotations, which are quoted.
std::string without_state(std::string text) {
  constexpr std::string_view kKey = "meshctl.dev/injected";
  for (auto at = text.find(kKey); at != std::string::npos; at = text.find(kKey, at + 1)) {
    const auto begin = text.find_first_of("'\"", text.find(':', at));
    const char quote = text[begin];
    auto end = begin + 1;
    while (text[end] != quote || (quote == '\'' && text[end + 1] == quote)) {
      const char escape = quote == '"' ? '\\' : quote;
      end += text[end] == escape ? 2U : 1U;
    }
    text.erase(begin, end - begin);
  }
  return text;
}

std::string lost_line(const Lines& before, const Lines& after) {
  auto next = after.begin();
  for (auto line = before.begin(); line != before.end(); ++line) {
    if (may_differ(before, line)) continue;
    next = std::find_if(next, after.end(),
                        [&](const std::string& now) { return is_or_holds(now, *line); });
    if (next == after.end()) return "the line " + *line;
    ++next;
  }
  return "";
}

std::string lost_comment(const Lines& before, const std::string& after) {
  const auto shown = without_state(after);
  for (auto line = before.begin(); line != before.end(); ++line) {
    const auto begin = line->find("# because ");
    if (begin == std::string::npos) continue;
    const auto comment = line->substr(begin, line->find(':', begin) + 1 - begin);
    const auto& where = may_hide(before, line) ? after : shown;
    if (where.find(comment) == std::string::npos) return "the comment " + *line;
  }
  return "";
}

std::string lost_end(const std::string& before, const std::string& after) {
  const auto count = [](const std::string& text, char c) { return std::ranges::count(text, c); };
  if (count(before, '\r') == 0 && count(after, '\r') > 0) return "LF";
  const bool is_crlf = count(before, '\r') == count(before, '\n');
  if (is_crlf && count(after, '\r') != count(after, '\n')) return "CRLF";
  constexpr std::string_view kBom = "\xEF\xBB\xBF";
  if (before.starts_with(kBom) != after.starts_with(kBom)) return "the byte order mark";
  return before.ends_with('\n') == after.ends_with('\n') ? "" : "how the file ends";
}

}  // namespace

std::string lost_text(const std::string& before, const std::string& after) {
  const auto lines = lines_of(before);
  for (auto lost :
       {lost_end(before, after), lost_line(lines, lines_of(after)), lost_comment(lines, after)}) {
    if (!lost.empty()) return lost;
  }
  return "";
}

}  // namespace meshctl::inject
