#include "tests/cli/inject/random/random_flow.h"

#include <algorithm>

#include "tests/cli/inject/random/random_scalar.h"

namespace meshctl::inject {
namespace {

class FlowWriter {
 public:
  FlowWriter(RandomSource& random, const std::function<std::string()>& comment)
      : random_(random), comment_(comment) {}

  std::string write(const Draft& draft, std::size_t indent) {
    if (!draft.is_collection()) return scalar(draft);
    const bool is_map = draft.kind == Draft::Kind::Map;
    const auto count = draft.entries.size();
    const bool is_tall = count > 0 && random_.one_in(6);
    const bool quotes_keys = random_.one_in(6);
    const auto inner = indent + (is_tall ? 2 : 0);
    std::string out = is_map ? "{" : "[";
    if (!is_tall && random_.one_in(6)) out += " ";
    for (std::size_t i = 0; i < count; ++i) {
      if (is_tall) out += "\n" + std::string(inner, ' ');
      const auto& [key, value] = draft.entries[i];
      if (is_map) out += pair_start(key, quotes_keys);
      out += write(value, inner);
      const bool is_last = i + 1 == count;
      if (!is_last || random_.one_in(6)) out += ",";
      if (is_tall && out.ends_with(',')) out += comment_();
      if (!is_last && !is_tall && !random_.one_in(8)) out += " ";
    }
    if (is_tall) out += "\n" + std::string(indent, ' ');
    return out + (is_map ? "}" : "]");
  }

 private:
  /// A key and what stands before its value. Behind a plain key go-yaml wants the space.
  std::string pair_start(const std::string& key, bool is_quoted) {
    if (!is_quoted) return key + ": ";
    return '"' + key + '"' + (random_.one_in(4) ? " : " : ": ");
  }

  std::string scalar(const Draft& draft) {
    auto text = random_scalar(random_, draft);
    // An item that is not there would be no item.
    return text.empty() ? "null" : text;
  }

  RandomSource& random_;
  const std::function<std::string()>& comment_;
};

}  // namespace

bool has_flow(const Draft& draft) {
  return draft.kind != Draft::Kind::Odd &&
         std::ranges::all_of(draft.entries,
                             [](const auto& entry) { return has_flow(entry.second); });
}

std::string random_flow(RandomSource& random, const Draft& draft, std::size_t indent,
                        const std::function<std::string()>& comment) {
  return FlowWriter(random, comment).write(draft, indent);
}

}  // namespace meshctl::inject
