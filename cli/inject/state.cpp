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
    {'I', "/spec/initContainers/telemetry"},
    {'C', "/spec/containers/telemetry"},
    {'s', "/prometheus.io~1scrape"},
    {'i', "/spec/initContainers"},
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

/// What uninject gives back, as JSON: a text in place of a collection; [text or null, our value]
/// for a scalar; {"text", "before" or "after": key} for an entry.
ordered_json to_json(const State& state) {
  auto json = ordered_json::object();
  for (const auto& [pointer, text] : state.replaced) json[pointer] = text;
  for (const auto& [pointer, scalar] : state.rewritten) {
    auto original = scalar.original ? ordered_json(*scalar.original) : ordered_json(nullptr);
    json[pointer] = ordered_json::array({std::move(original), scalar.ours});
  }
  for (const auto& [pointer, cut] : state.taken) {
    json[pointer] = {{cut.before_neighbour ? "before" : "after", cut.neighbour},
                     {"text", cut.text}};
  }
  return json;
}

bool are_strings(const ordered_json& json, std::size_t count) {
  return json.size() == count &&
         std::ranges::all_of(json, [](const ordered_json& each) { return each.is_string(); });
}

/// False for what to_json() does not write.
bool take_json(const std::string& pointer, const ordered_json& json, State& state) {
  if (json.is_string()) {
    state.replaced[pointer] = json;
  } else if (json.is_array() && are_strings(json, 2)) {
    state.rewritten[pointer] = {json[0].get<std::string>(), json[1]};
  } else if (json.is_array() && json.size() == 2 && json[0].is_null() && json[1].is_string()) {
    state.rewritten[pointer] = {std::nullopt, json[1]};
  } else if (json.is_object() && are_strings(json, 2) && json.contains("text")) {
    const bool before = json.contains("before");
    if (!before && !json.contains("after")) return false;
    state.taken[pointer] = {json["text"], json[before ? "before" : "after"], before};
  } else {
    return false;
  }
  return true;
}

}  // namespace

std::string write_state(const State& state) {
  std::string text = state.version;
  for (const std::string& pointer : state.added) text.append(" ").append(to_word(pointer));
  const auto json = to_json(state);
  if (!json.empty()) {
    text += " " + json.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }
  return text;
}

Result<State, StateError> read_state(std::string_view text) {
  State state;
  if (const auto json = text.find(" {"); json != std::string_view::npos) {
    const auto read = ordered_json::parse(text.substr(json + 1), nullptr, false);
    if (!read.is_object()) return fail(StateError::NotOurs);
    for (const auto& [pointer, value] : read.items()) {
      if (!is_pointer(pointer)) return fail(StateError::BadPointers);
      if (!take_json(pointer, value, state)) return fail(StateError::NotOurs);
    }
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
  return state;
}

}  // namespace meshctl::inject
