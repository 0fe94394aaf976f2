#include "cli/manifest_stream.h"

#include <algorithm>
#include <string_view>

namespace meshctl::cli {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";
constexpr std::string_view kWhite = " \t\r\n";

bool is_json(std::string_view text) {
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  const auto first = text.find_first_not_of(kWhite);
  return first != std::string_view::npos && text[first] == '{';
}

/// Whether `text` begins with a line that separates documents; `---a: 1` does not.
bool has_marker(std::string_view text) {
  return text.starts_with("---") && (text.size() == 3 || kWhite.find(text[3]) != kWhite.npos);
}

/// The offset behind the JSON object that `text`, behind white space, begins with; its end if the
/// object has none.
std::size_t json_end(std::string_view text) {
  std::size_t depth = 0;
  bool is_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is_string && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      is_string = !is_string;
    } else if (!is_string && text[i] == '{') {
      ++depth;
    } else if (!is_string && text[i] == '}' && --depth == 0) {
      return i + 1;
    }
  }
  return text.size();
}

/// The JSON objects of `text`, each with the white space behind it. What follows an object and is
/// none itself stays with it.
std::vector<std::string_view> json_values(std::string_view text) {
  std::vector<std::string_view> values;
  while (!text.empty()) {
    auto end = std::min(text.find_first_not_of(kWhite, json_end(text)), text.size());
    if (end < text.size() && text[end] != '{') end = text.size();
    values.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return values;
}

class Stream {
 public:
  /// Adds documents that begin with a marker of their own, or need none.
  void add(std::string_view text) {
    end_line();
    text_ += text;
  }

  void add_behind_marker(std::string_view text, std::string_view newline) {
    end_line();
    text_ += "---";
    text_ += newline;
    text_ += text;
  }

  bool is_empty() const { return text_.empty(); }
  std::string take() { return std::move(text_); }

 private:
  void end_line() {
    if (!text_.empty() && !text_.ends_with('\n')) text_ += '\n';
  }

  std::string text_;
};

}  // namespace

std::string join_manifests(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return texts.front();
  const bool all_json = std::ranges::all_of(
      texts, [](const std::string& text) { return text.empty() || is_json(text); });
  Stream stream;
  for (std::string_view text : texts) {
    if (text.empty()) continue;  // --emit left nothing of it
    const bool json = is_json(text);
    // A byte order mark may only open a stream, and no marker may come before it.
    if ((!stream.is_empty() || (json && !all_json)) && text.starts_with(kBom))
      text.remove_prefix(kBom.size());
    const std::string_view newline = text.find("\r\n") == std::string_view::npos ? "\n" : "\r\n";
    if (json && !all_json) {
      for (const std::string_view value : json_values(text)) {
        stream.add_behind_marker(value, newline);
      }
    } else if (json || stream.is_empty() || has_marker(text)) {
      stream.add(text);
    } else {
      stream.add_behind_marker(text, newline);
    }
  }
  return stream.take();
}

}  // namespace meshctl::cli
