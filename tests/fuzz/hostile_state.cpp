#include "tests/fuzz/hostile_state.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

namespace meshctl::fuzz {
namespace {

using Words = std::vector<std::string>;

constexpr std::array<std::string_view, 24> kSteps{
    "spec",    "metadata",      "annotations", "template",   "containers", "initContainers",
    "ports",   "name",          "telemetry",   "app",        "#0",         "#1",
    "#2",      "containerPort", "targetPort",  "port",       "labels",     "jobTemplate",
    "httpGet", "image",         "kind",        "apiVersion", "selector",   "readinessProbe"};
constexpr std::array<std::string_view, 10> kAdded{"C",  "A",  "M",  "Ad", "As",
                                                  "TC", "TA", "TM", "I",  "i"};
constexpr std::array<std::string_view, 12> kTexts{
    "", "~", "null", "[]", "x", "80", "p\\nq", "\\\"a\\\"", "x # y", "- a", "a: b", "&a x"};
constexpr std::array<std::string_view, 8> kSpaces{"\\n  ",    "\\n    ", "\\n      ", "\\n",
                                                  "\\r\\n  ", " ",       "\\n  # ",   ", "};

class StateMaker {
 public:
  StateMaker(std::minstd_rand& random, Words keys) : random_(random), keys_(std::move(keys)) {}

  std::string state() {
    std::string text = "1";
    for (auto count = below(4); count > 0; --count) {
      text += " " + (below(2) == 0 ? std::string(one_of(kAdded)) : pointer());
    }
    const auto count = below(4);
    for (std::size_t i = 0; i < count; ++i) {
      text += (i == 0 ? " {\"" : ",\"") + pointer() + "\":" + undoing();
    }
    return count == 0 ? text : text + "}";
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  template <typename List>
  const typename List::value_type& one_of(const List& list) {
    return list[below(list.size())];
  }

  std::string key() {
    return keys_.empty() || below(2) == 0 ? std::string(one_of(kSteps)) : one_of(keys_);
  }

  std::string pointer() {
    std::string text;
    for (auto count = 1 + below(5); count > 0; --count) text += "/" + key();
    return text;
  }

  std::string undoing() {
    const auto text = std::string(one_of(kTexts));
    switch (below(4)) {
      case 0: return "\"" + text + "\"";
      case 1: return "[\"" + text + "\",\"" + key() + "\"]";
      case 2:
        return "{\"before\":\"" + key() + "\",\"text\":\"" + key() + ": " + text +
               std::string(one_of(kSpaces)) + "\"}";
      default:
        return "{\"after\":\"" + key() + "\",\"text\":\"" + std::string(one_of(kSpaces)) + key() +
               ": " + text + "\"}";
    }
  }

  std::minstd_rand& random_;
  Words keys_;
};

/// The keys that begin lines, which are those that pointers can meet.
Words keys_of(const std::string& text) {
  Words keys;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto first = std::min(text.find_first_not_of(" -", begin), end);
    const auto colon = text.find(':', first);
    const auto key = text.substr(first, std::min(colon, end) - first);
    if (colon < end && key.find_first_of("\"'/\\ ") == std::string::npos) keys.push_back(key);
    begin = end + 1;
  }
  return keys;
}

}  // namespace

std::string with_hostile_state(const std::string& text, std::minstd_rand& random) {
  StateMaker maker(random, keys_of(text));
  constexpr std::string_view kName = "meshctl.dev/injected:";
  const auto state = std::string(kName) + " '" + maker.state() + "'";
  std::string out = text;
  if (const auto old = text.find(kName); old != std::string::npos) {
    return out.replace(old, std::min(text.find('\n', old), text.size()) - old, state);
  }
  for (const std::string_view parent : {"annotations:\n", "metadata:\n"}) {
    const auto at = text.find(parent);
    if (at == std::string::npos) continue;
    const auto line = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
    const std::string indent(at - line + 2, ' ');
    const auto own =
        parent.front() == 'a' ? state + "\n" : "annotations:\n" + indent + "  " + state + "\n";
    return out.insert(at + parent.size(), indent + own);
  }
  return out;
}

}  // namespace meshctl::fuzz
