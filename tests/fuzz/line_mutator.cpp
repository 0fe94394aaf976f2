#include "tests/fuzz/line_mutator.h"

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace meshctl::fuzz {
namespace {

using Lines = std::vector<std::string>;

/// Each line with its line end.
Lines split(const std::string& text) {
  Lines lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto lf = text.find('\n', begin);
    const auto end = lf == std::string::npos ? text.size() : lf + 1;
    lines.push_back(text.substr(begin, end - begin));
    begin = end;
  }
  return lines;
}

std::string join(const Lines& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

struct Span {
  std::size_t begin = 0;
  std::size_t end = 0;
};

bool is_word_byte(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("./-_~#").find(c) != std::string_view::npos;
}

/// Runs of word bytes, and each other byte that is not white space.
std::vector<Span> words_of(const std::string& text) {
  std::vector<Span> words;
  for (std::size_t i = 0; i < text.size();) {
    const auto begin = i++;
    while (is_word_byte(text[begin]) && i < text.size() && is_word_byte(text[i])) ++i;
    if (std::isspace(static_cast<unsigned char>(text[begin])) == 0) words.push_back({begin, i});
  }
  return words;
}

class Mutation {
 public:
  explicit Mutation(std::minstd_rand& random) : random_(random) {}

  std::string of_lines(const std::string& text) {
    Lines lines = split(text);
    if (lines.empty()) return text;
    const auto some = some_of(lines);
    const auto first = lines.begin();
    const auto begin = first + static_cast<std::ptrdiff_t>(some.begin);
    const auto end = first + static_cast<std::ptrdiff_t>(some.end);
    const Lines copy(begin, end);
    switch (below(6)) {
      case 0: lines.erase(begin, end); break;
      case 1: put(lines, copy); break;
      case 2:
        lines.erase(begin, end);
        put(lines, copy);
        break;
      case 3: indent(lines, some); break;
      case 4: outdent(lines, some); break;
      default: join_to_one(lines[some.begin]); break;
    }
    return join(lines);
  }

  std::string of_words(std::string text) {
    const auto words = words_of(text);
    if (words.empty()) return text;
    const Span target = words[below(words.size())];
    const Span source = words[below(words.size())];
    const auto word = text.substr(source.begin, source.end - source.begin);
    switch (below(3)) {
      case 0: return text.erase(target.begin, target.end - target.begin);
      case 1: return text.insert(target.begin, word);
      default: return text.replace(target.begin, target.end - target.begin, word);
    }
  }

  std::size_t below(std::size_t limit) { return random_() % limit; }

 private:
  /// One line, or a few.
  Span some_of(const Lines& lines) {
    const auto begin = below(lines.size());
    const auto count = below(3) == 0 ? 1 + below(8) : 1;
    return {begin, std::min(begin + count, lines.size())};
  }

  void put(Lines& lines, const Lines& copy) {
    const auto at = static_cast<std::ptrdiff_t>(below(lines.size() + 1));
    lines.insert(lines.begin() + at, copy.begin(), copy.end());
  }

  void indent(Lines& lines, Span some) {
    const auto by = 1 + below(4);
    for (auto i = some.begin; i < some.end; ++i) lines[i].insert(0, by, ' ');
  }

  void outdent(Lines& lines, Span some) {
    const auto by = 1 + below(4);
    for (auto i = some.begin; i < some.end; ++i) {
      const auto spaces = std::min(by, lines[i].find_first_not_of(' '));
      if (spaces != std::string::npos) lines[i].erase(0, spaces);
    }
  }

  static void join_to_one(std::string& line) {
    while (line.ends_with('\n') || line.ends_with('\r')) line.pop_back();
  }

  std::minstd_rand& random_;
};

}  // namespace

std::string mutate_lines(const std::string& text, std::minstd_rand& random) {
  Mutation mutation(random);
  return mutation.below(3) == 0 ? mutation.of_words(text) : mutation.of_lines(text);
}

}  // namespace meshctl::fuzz
