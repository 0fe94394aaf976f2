#include "tests/cli/inject/random/random_json.h"

#include <array>
#include <string_view>

#include "tests/cli/inject/random/random_scalar.h"

namespace meshctl::inject {
namespace {

class JsonWriter {
 public:
  explicit JsonWriter(RandomSource& random) : random_(random) {
    constexpr std::array<std::string_view, 4> kSteps{"", "\t", "  ", "    "};
    step_ = random.of(kSteps);
    if (random.one_in(3)) colon_ = " : ";
    if (random.one_in(6)) comma_ = " , ";
  }

  std::string write(const Draft& draft, std::size_t depth) {
    switch (draft.kind) {
      case Draft::Kind::Null: return "null";
      case Draft::Kind::Number: return draft.text;
      case Draft::Kind::List:
      case Draft::Kind::Map: return collection(draft, depth);
      default: return quoted(random_, draft.text);
    }
  }

 private:
  std::string collection(const Draft& draft, std::size_t depth) {
    const bool is_map = draft.kind == Draft::Kind::Map;
    const bool is_tall = !step_.empty() && !draft.entries.empty() && !random_.one_in(8);
    std::string out = is_map ? "{" : "[";
    bool is_first = true;
    for (const auto& [key, value] : draft.entries) {
      if (!is_first) out += is_tall ? "," : comma_;
      is_first = false;
      if (is_tall) out += new_line(depth + 1);
      if (is_map) out += '"' + key + '"' + colon_;
      out += write(value, depth + 1);
    }
    if (is_tall)
      out += new_line(depth);
    else if (random_.one_in(8))
      out += " ";
    return out + (is_map ? "}" : "]");
  }

  std::string new_line(std::size_t depth) const {
    std::string line = "\n";
    for (std::size_t i = 0; i < depth; ++i) line += step_;
    return line;
  }

  RandomSource& random_;
  std::string_view step_;
  std::string colon_ = ": ";
  std::string comma_ = ", ";
};

}  // namespace

std::string random_json(RandomSource& random, const std::vector<Draft>& objects) {
  JsonWriter writer(random);
  std::string text;
  for (const Draft& object : objects) {
    if (!text.empty() && !random.one_in(8)) text += "\n";
    text += writer.write(object, 0);
  }
  return random.one_in(3) ? text : text + "\n";
}

}  // namespace meshctl::inject
