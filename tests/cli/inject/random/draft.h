#pragma once

#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace meshctl::inject {

/// What a manifest says, before it has a form: random_yaml.h and random_json.h give it one.
struct Draft {
  enum class Kind {
    Null,
    Number,  ///< `text` is decimal
    Word,    ///< a string of one line, quoted where it has to be
    Text,    ///< a string of several lines, each with its line end
    Odd,     ///< YAML as it is; lines behind the first are indented. Nothing of it is ever edited
    List,
    Map,
  };
  using Entries = std::vector<std::pair<std::string, Draft>>;

  Kind kind = Kind::Null;
  std::string text;
  Entries entries;  ///< of a list the keys are empty

  static Draft number(int value) { return {Kind::Number, std::to_string(value), {}}; }
  static Draft word(std::string_view text) { return {Kind::Word, std::string(text), {}}; }
  static Draft lines(std::string_view text) { return {Kind::Text, std::string(text), {}}; }
  static Draft odd(std::string_view text) { return {Kind::Odd, std::string(text), {}}; }
  static Draft map(Entries entries = {}) { return {Kind::Map, "", std::move(entries)}; }
  static Draft list(std::vector<Draft> items = {}) {
    Draft list{Kind::List, "", {}};
    for (Draft& item : items) list.add("", std::move(item));
    return list;
  }

  void add(std::string_view key, Draft value) {
    entries.emplace_back(std::string(key), std::move(value));
  }
  [[nodiscard]] bool is_collection() const { return kind == Kind::List || kind == Kind::Map; }
};

}  // namespace meshctl::inject
