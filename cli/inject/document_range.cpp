#include "cli/inject/document_range.h"

#include <string_view>

#include "cli/inject/json_stream.h"

namespace meshctl::inject {
namespace {

std::string_view trimmed(std::string_view line) {
  const auto first = line.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(" \t\r") - first + 1);
}

/// The offset of the first line that is neither blank nor a comment, or `range.end`.
std::size_t first_content(const SourceText& source, const DocumentRange& range) {
  const std::string_view text = source.bytes();
  std::size_t begin = range.begin;
  while (begin < range.end) {
    const auto lf = text.find('\n', begin);
    const auto end = lf == std::string_view::npos || lf >= range.end ? range.end : lf;
    const auto line = trimmed(text.substr(begin, end - begin));
    if (!line.empty() && line.front() != '#') return begin;
    begin = end + 1;
  }
  return range.end;
}

/// Takes the lines one by one, and cuts the stream at markers.
class Splitter {
 public:
  Splitter(const SourceText& source, Diagnostics& problems) : source_(source), problems_(problems) {
    if (source.has_bom()) range_.begin = kBom.size();
  }

  void take_line(std::size_t begin, std::string_view line) {
    if (line.starts_with("---")) {
      check_behind_start(begin, line);
      close(begin);
      after_bare_end_ = false;
      range_.begin = begin + line.size();
    } else if (line.starts_with("...") && (line.size() == 3 || is_blank(line[3]))) {
      check_behind_end(begin, line);
      const bool is_first_end = !after_bare_end_;
      const bool ends_nothing = first_content(source_, {range_.begin, begin}) == begin;
      close(begin);
      if (is_first_end && ends_nothing) {
        report(begin, "`...` ends a document, and there is none before it", "remove the line");
      }
      after_bare_end_ = true;
      range_.begin = begin + line.size();
    }
  }

  std::vector<DocumentRange> finish(std::size_t end) {
    close(end);
    return std::move(ranges_);
  }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

  void report(std::size_t offset, const char* problem, const char* hint) {
    problems_.push_back(at(source_, offset, Severity::Error, problem, hint));
  }

  void check_behind_start(std::size_t begin, std::string_view line) {
    const auto rest = trimmed(line.substr(3));
    if (rest.empty() || rest.front() == '#') return;
    if (line[3] == '-') {
      report(begin + 3, "a document marker is three dashes, and kubectl takes no others",
             "write `---`; begin a line that only decorates with `#`");
    } else {
      report(begin + 3, "kubectl takes nothing but a comment behind `---`",
             "move the rest to the next line");
    }
  }

  void check_behind_end(std::size_t begin, std::string_view line) {
    const auto rest = trimmed(line.substr(3));
    if (rest.empty() || rest.front() == '#') return;
    report(begin + line.find_first_not_of(" \t", 3), "kubectl drops what stands behind `...`",
           "put it on a line of its own, behind a `---` line");
  }

  void close(std::size_t end) {
    range_.end = end;
    const auto content = first_content(source_, range_);
    if (content >= end) return;
    if (after_bare_end_) {
      report(content, "kubectl drops a document that follows `...` without a `---`",
             "put a `---` line before it");
    }
    if (source_.bytes()[content] == '%') {
      report(content, "kubectl does not read YAML directives",
             "remove the line; YAML 1.1 is what kubectl reads anyway");
      return;
    }
    ranges_.push_back(range_);
  }

  const SourceText& source_;
  Diagnostics& problems_;
  DocumentRange range_;
  bool after_bare_end_ = false;
  std::vector<DocumentRange> ranges_;
};

}  // namespace

std::vector<DocumentRange> split_documents(const SourceText& source, Diagnostics& problems) {
  if (is_json_stream(source)) return split_json(source, problems);
  const std::string_view text = source.bytes();
  Splitter splitter(source, problems);
  std::size_t begin = source.has_bom() ? kBom.size() : 0;
  while (begin < text.size()) {
    auto lf = text.find('\n', begin);
    if (lf == std::string_view::npos) lf = text.size();
    splitter.take_line(begin, text.substr(begin, lf - begin));
    begin = lf + 1;
  }
  return splitter.finish(text.size());
}

}  // namespace meshctl::inject
