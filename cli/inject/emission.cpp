#include "cli/inject/emission.h"

#include "cli/inject/document_range.h"
#include "runtime/base/assert.h"

namespace meshctl::inject {

std::string keep_documents(const SourceText& text, const std::vector<bool>& keep) {
  Diagnostics problems;
  const auto ranges = split_documents(text, problems);
  MESHCTL_ASSERT(ranges.size() == keep.size());
  std::string kept;
  for (std::size_t i = 0; i < ranges.size(); ++i) {
    if (!keep[i]) continue;
    // A range begins behind its marker line, or where there is none at the document itself.
    const auto line = text.line_begin(ranges[i].begin);
    const bool has_marker = text.bytes().compare(line, 3, "---") == 0;
    const auto begin = has_marker ? line : ranges[i].begin;
    kept += text.bytes().substr(begin, ranges[i].end - begin);
  }
  return kept;
}

}  // namespace meshctl::inject
