#include "cli/inject/emission.h"

#include "cli/inject/document_range.h"
#include "cli/inject/json_stream.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {

std::string keep_documents(const SourceText& text, const std::vector<bool>& keep) {
  Diagnostics problems;
  const auto ranges = split_documents(text, problems);
  MESHCTL_ASSERT(ranges.size() == keep.size());
  const bool is_json = is_json_stream(text);
  std::string kept;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (!keep[i]) continue;
    // A range begins behind its marker line, or where there is none at the document itself.
    const auto line = text.line_begin(ranges[i].begin);
    const bool has_marker = text.bytes().compare(line, 3, "---") == 0;
    const auto begin = has_marker ? line : ranges[i].begin;
    auto end = ranges[i].end;
    // The white space behind a JSON value goes with it.
    if (is_json) end = i + 1 < ranges.size() ? ranges[i + 1].begin : text.bytes().size();
    kept += text.bytes().substr(begin, end - begin);
  }
  return kept;
}

}  // namespace meshctl::inject
