#include "cli/manifest_stream.h"

#include <algorithm>
#include <string_view>

namespace meshctl::cli {
namespace {

constexpr std::string_view kBom = "\xEF\xBB\xBF";

bool is_json(std::string_view text) {
  if (text.starts_with(kBom)) text.remove_prefix(kBom.size());
  const auto first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{';
}

}  // namespace

std::string join_manifests(const std::vector<std::string>& texts) {
  if (texts.size() == 1) return texts.front();
  const bool all_json = std::ranges::all_of(texts, is_json);
  std::string stream;
  for (std::string_view text : texts) {
    if (!stream.empty() && text.starts_with(kBom)) text.remove_prefix(kBom.size());
    if (!stream.empty() && !stream.ends_with('\n')) stream += '\n';
    const bool is_first = stream.empty();
    const bool needs_marker = !all_json && (is_first ? is_json(text) : !text.starts_with("---"));
    if (needs_marker) stream += text.find("\r\n") != std::string_view::npos ? "---\r\n" : "---\n";
    stream += text;
  }
  return stream;
}

}  // namespace meshctl::cli
