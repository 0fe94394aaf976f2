#include "cli/inject/state.h"

#include <algorithm>
#include <array>
#include <optional>

#include <nlohmann/json.hpp>

namespace meshctl::inject {
namespace {

using nlohmann::ordered_json;

/// A part of a pointer, and the letter that stands for it in a word. Longer parts come first.
struct Part {
  char letter;
  std::string_view text;
};
constexpr std::array<Part, 11> kParts{{
    {'d', "/kubectl.kubernetes.io~1default-container"},
    {'C', "/spec/containers/telemetry"},
    {'I', "/spec/initContainers/telemetry"},
    {'i', "/spec/initContainers"},
    {'s', "/prometheus.io~1scrape"},
    {'A', "/metadata/annotations"},
    {'p', "/prometheus.io~1port"},
    {'h', "/prometheus.io~1path"},
    {'J', "/spec/jobTemplate"},
    {'T', "/spec/template"},
    {'M', "/metadata"},
}};

/// The pointer in letters, or as it is where letters do not cover all of it.
std::string to_word(std::string_view pointer) {
  std::string word;
  for (auto rest = pointer; !rest.empty();) {
    const auto* part = std::ranges::find_if(kParts, [&](const Part& each) {
      const auto after = rest.substr(std::min(each.text.size(), rest.size()));
      return rest.starts_with(each.text) && (after.empty() || after.front() == '/');
    });
    if (part == kParts.end()) return std::string(pointer);
    word += part->letter;
    rest.remove_prefix(part->text.size());
  }
  return word;
}

/// A state is read from a file that anyone may have edited. The root itself is never ours.
bool is_pointer(std::string_view text) {
  return text.size() > 1 && text.front() == '/';
}

std::optional<std::string> to_pointer(std::string_view word) {
  if (word.starts_with('/'))
    return is_pointer(word) ? std::optional(std::string(word)) : std::nullopt;
  std::string pointer;
  for (const char letter : word) {
    const auto* part = std::ranges::find(kParts, letter, &Part::letter);
    if (part == kParts.end()) return std::nullopt;
    pointer += part->text;
  }
  return pointer;
}

std::optional<std::map<std::string, std::string>> read_replaced(std::string_view text) {
  const auto json = ordered_json::parse(text, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  std::map<std::string, std::string> replaced;
  for (const auto& [pointer, original] : json.items()) {
    if (!original.is_string()) return std::nullopt;
    replaced[pointer] = original;
  }
  return replaced;
}

}  // namespace

std::string write_state(const State& state) {
  std::string text = state.version;
  for (const std::string& pointer : state.added) text.append(" ").append(to_word(pointer));
  if (!state.replaced.empty()) {
    const ordered_json replaced(state.replaced);
    text += " " + replaced.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  return text;
}

Result<State, StateError> read_state(std::string_view text) {
  State state;
  if (const auto json = text.find(" {"); json != std::string_view::npos) {
    auto replaced = read_replaced(text.substr(json + 1));
    if (!replaced) return fail(StateError::NotOurs);
    state.replaced = std::move(*replaced);
    text = text.substr(0, json);
  }
  const auto version_end = std::min(text.find(' '), text.size());
  state.version = text.substr(0, version_end);
  if (state.version.empty() || state.version.front() < '0' || state.version.front() > '9') {
    return fail(StateError::NotOurs);
  }
  for (auto rest = text.substr(version_end); !rest.empty();) {
    rest.remove_prefix(1);
    const auto end = std::min(rest.find(' '), rest.size());
    auto pointer = to_pointer(rest.substr(0, end));
    if (!pointer || pointer->empty()) return fail(StateError::BadPointers);
    state.added.push_back(std::move(*pointer));
    rest.remove_prefix(end);
  }
  const bool sound =
      std::ranges::all_of(state.replaced, [](const auto& each) { return is_pointer(each.first); });
  if (!sound) return fail(StateError::BadPointers);
  return state;
}

}  // namespace meshctl::inject
