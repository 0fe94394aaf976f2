#include "cli/inject/document_range.h"

#include <string_view>

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
    const auto rest = line.size() < 3 ? std::string_view() : trimmed(line.substr(3));
    const bool is_bare = rest.empty() || rest.front() == '#';
    if (line.starts_with("---")) {
      if (!is_bare) {
        problems_.push_back(at(source_, begin + 3, Severity::Error,
                               "kubectl takes nothing but a comment behind `---`",
                               "move the rest to the next line"));
      }
      close(begin);
      after_bare_end_ = false;
      range_.begin = begin + line.size();
    } else if (line.starts_with("...") && is_bare) {
      close(begin);
      after_bare_end_ = true;
      range_.begin = begin + line.size();
    }
  }

  std::vector<DocumentRange> finish(std::size_t end) {
    close(end);
    return std::move(ranges_);
  }

 private:
  void close(std::size_t end) {
    range_.end = end;
    const auto content = first_content(source_, range_);
    if (content >= end) return;
    if (after_bare_end_) {
      problems_.push_back(at(source_, content, Severity::Error,
                             "kubectl drops a document that follows `...` without a `---`",
                             "put a `---` line before it"));
    }
    if (source_.bytes()[content] == '%') {
      problems_.push_back(at(source_, content, Severity::Error,
                             "kubectl does not read YAML directives",
                             "remove the line; YAML 1.1 is what kubectl reads anyway"));
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

void check_bytes(const SourceText& source, Diagnostics& problems) {
  const std::string& text = source.bytes();
  const bool utf16 = text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF");
  if (utf16 || text.find('\0') != std::string::npos) {
    problems.push_back(
        about(source.name(), Severity::Error,
              utf16 ? "this is UTF-16, which would be changed on the way" : "this holds NUL bytes",
              "convert it to UTF-8, as with `iconv -f UTF-16 -t UTF-8`"));
    return;
  }
  for (auto cr = text.find('\r'); cr != std::string::npos; cr = text.find('\r', cr + 1)) {
    if (cr + 1 < text.size() && text[cr + 1] == '\n') continue;
    problems.push_back(at(source, cr, Severity::Error,
                          "a carriage return without a line feed ends this line",
                          "convert the line ends to LF or CRLF"));
    return;
  }
}

std::vector<DocumentRange> split_documents(const SourceText& source, Diagnostics& problems) {
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
