#include "cli/unified_diff.h"

#include <doctest/doctest.h>

#include <charconv>
#include <chrono>
#include <random>
#include <string>
#include <vector>

#include "cli/line_diff.h"

namespace meshctl::cli {
namespace {

constexpr DiffStyle kPlain{};

using Lines = std::vector<std::string_view>;

Lines lines_of(std::string_view text) {
  Lines lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end);
  }
  return lines;
}

std::size_t number_at(std::string_view text, std::size_t offset) {
  std::size_t number = 0;
  std::from_chars(text.data() + offset, text.data() + text.size(), number);
  return number;
}

/// A line of a patch without its mark; without a line end where the next line says so.
std::string_view content(const Lines& patch, std::size_t i) {
  auto line = patch[i].substr(1);
  if (i + 1 < patch.size() && patch[i + 1].starts_with('\\')) line.remove_suffix(1);
  return line;
}

/// What `patch -p1` would make of `before`; checks the context and the counts on the way.
std::string applied(std::string_view before, std::string_view patch) {
  const auto old_lines = lines_of(before);
  const auto patch_lines = lines_of(patch);
  std::string result;
  std::size_t at = 0;
  for (std::size_t i = 2; i < patch_lines.size(); ++i) {
    const auto line = patch_lines[i];
    if (line.starts_with("@@ -")) {
      const auto first = number_at(line, 4);
      const auto comma = line.find(',');
      const bool is_behind = comma < line.find('+') && number_at(line, comma + 1) == 0;
      for (const auto begin = is_behind ? first : first - 1; at < begin; ++at) {
        result += old_lines[at];
      }
    } else if (line.starts_with('+')) {
      result += content(patch_lines, i);
    } else if (!line.starts_with('\\')) {
      REQUIRE(at < old_lines.size());
      REQUIRE(old_lines[at] == content(patch_lines, i));
      if (line.starts_with(' ')) result += old_lines[at];
      ++at;
    }
  }
  for (; at < old_lines.size(); ++at) result += old_lines[at];
  return result;
}

TEST_CASE("a change has three lines of context, and its place") {
  CHECK(unified_diff("web.yml", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
                     kPlain) ==
        "--- a/web.yml\n+++ b/web.yml\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST_CASE("hunks are as git prints them") {
  struct Row {
    const char* name;
    const char* before;
    const char* after;
    const char* hunks;
  };
  const Row rows[] = {
      {"nothing changed", "1\n", "1\n", ""},
      {"a count of one is left out", "1\n", "2\n", "@@ -1 +1 @@\n-1\n+2\n"},
      {"into nothing", "", "1\n", "@@ -0,0 +1 @@\n+1\n"},
      {"to nothing", "1\n2\n", "", "@@ -1,2 +0,0 @@\n-1\n-2\n"},
      {"a newline more", "1", "1\n", "@@ -1 +1 @@\n-1\n\\ No newline at end of file\n+1\n"},
      {"a newline less", "1\n", "1", "@@ -1 +1 @@\n-1\n+1\n\\ No newline at end of file\n"},
      {"no newline on either side", "1\n2", "0\n1\n2",
       "@@ -1,2 +1,3 @@\n+0\n 1\n 2\n\\ No newline at end of file\n"},
      {"carriage returns are content", "1\r\n", "1\r\n2\r\n", "@@ -1 +1,2 @@\n 1\r\n+2\r\n"},
      {"six common lines join two changes", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
       "@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n"},
      {"seven do not", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
       "@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    const std::string names = *row.hunks == '\0' ? "" : "--- a/x\n+++ b/x\n";
    CHECK(unified_diff("x", row.before, row.after, kPlain) == names + row.hunks);
  }
}

TEST_CASE("names are written so that git and patch read them back") {
  struct Row {
    std::string_view name;
    const char* shown;
  };
  const Row rows[] = {
      {"/tmp/x.yml", "a/tmp/x.yml"},
      {"./x.yml", "a/x.yml"},
      {"//a//x.yml", "a/a/x.yml"},
      {"a b.yml", "a/a b.yml\t"},
      {"a\nb.yml", "\"a/a\\012b.yml\""},
      {"a\"b\\.yml", "\"a/a\\\"b\\\\.yml\""},
      {"caf\xC3\xA9.yml", "a/caf\xC3\xA9.yml"},
  };
  for (const Row& row : rows) {
    const auto diff = unified_diff(row.name, "1\n", "2\n", kPlain);
    CHECK(diff.substr(0, diff.find('\n')) == std::string("--- ") + row.shown);
  }
}

TEST_CASE("on a terminal lines are coloured, and their control characters made visible") {
  const DiffStyle style{true, true};
  CHECK(unified_diff("x", "1\n\x1b[2J\n", "1\n\tb\n", style) ==
        "\x1b[1m--- a/x\x1b[m\n\x1b[1m+++ b/x\x1b[m\n\x1b[36m@@ -1,2 +1,2 @@\x1b[m\n 1\n"
        "\x1b[31m-\\x1b[2J\x1b[m\n\x1b[32m+\tb\x1b[m\n");
}

TEST_CASE("a small difference is the smallest one") {
  const Lines before{"a", "b", "c", "a", "b", "b", "a"};
  const Lines after{"c", "b", "a", "b", "a", "c"};
  std::size_t lines = 0;
  for (const LineChange& change : changed_lines(before, after)) {
    lines += change.before_end - change.before_begin + change.after_end - change.after_begin;
  }
  CHECK(lines == 5);  // Myers 1986, figure 1
}

class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : engine_(seed) {}

  std::size_t below(std::size_t limit) {
    return std::uniform_int_distribution<std::size_t>(0, limit - 1)(engine_);
  }
  /// A line of a small alphabet, so that texts share many.
  std::string line() {
    static const char* const kEnds[] = {"\n", "\n", "\r\n"};
    return std::string(below(3), ' ') + static_cast<char>('a' + below(4)) + kEnds[below(3)];
  }
  std::vector<std::string> lines(std::size_t most) {
    std::vector<std::string> lines(below(most + 1));
    for (std::string& each : lines) each = line();
    return lines;
  }
  std::vector<std::string> edited(std::vector<std::string> lines) {
    for (auto edits = below(12); edits > 0; --edits) {
      const auto at = lines.begin() + static_cast<std::ptrdiff_t>(below(lines.size() + 1));
      if (at != lines.end() && below(2) == 0) {
        lines.erase(at);
      } else {
        lines.insert(at, line());
      }
    }
    return lines;
  }
  std::string text(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& each : lines) text += each;
    if (!text.empty() && below(3) == 0) text.pop_back();
    return text;
  }

 private:
  std::mt19937 engine_;
};

TEST_CASE("applying a difference gives the new text, whatever the texts") {
  for (unsigned seed = 0; seed < 3000; ++seed) {
    RandomTexts random(seed);
    const auto lines = random.lines(60);
    const auto before = random.text(lines);
    // Every third pair has nothing to do with each other.
    const auto after = random.text(seed % 3 == 0 ? random.lines(60) : random.edited(lines));
    CAPTURE(seed);
    REQUIRE(applied(before, unified_diff("x", before, after, kPlain)) == after);
  }
}

TEST_CASE("texts too different for a shortest way are still told right, and soon") {
  RandomTexts random(1);
  std::string before;
  std::string after;
  for (int i = 0; i < 60'000; ++i) before += random.line();
  for (int i = 0; i < 60'000; ++i) after += random.line();
  const auto start = std::chrono::steady_clock::now();
  const auto diff = unified_diff("x", before, after, kPlain);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(applied(before, diff) == after);
  // Without the limit on cost this takes minutes; sanitizers need room.
  CHECK(took < std::chrono::seconds(20));
}

TEST_CASE("30,000 lines put in all over 60,000 are found in no time") {
  std::string before;
  std::string after;
  for (int i = 0; i < 60'000; ++i) {
    // As in manifests: some lines are everywhere, the added ones too.
    const std::string line = i % 3 == 0
                                 ? "  - name: x" + std::to_string(i) + "\n"
                                 : std::string(static_cast<std::size_t>(i % 5), ' ') + "spec:\n";
    before += line;
    after += line;
    if (i % 2 == 0) after += i % 4 == 0 ? "  spec:\n" : "  - name: telemetry\n";
  }
  const auto start = std::chrono::steady_clock::now();
  const auto diff = unified_diff("x", before, after, kPlain);
  const auto took = std::chrono::steady_clock::now() - start;
  CHECK(applied(before, diff) == after);
  CHECK(took < std::chrono::seconds(10));
}

}  // namespace
}  // namespace meshctl::cli
