#include "cli/inject/text_edit.h"

#include <algorithm>

namespace meshctl::inject {

Result<std::string, EditError> apply_edits(std::string_view text, std::vector<TextEdit> edits) {
  std::ranges::stable_sort(edits, {}, &TextEdit::offset);
  std::string out;
  std::size_t copied = 0;  // text[0, copied) is already in `out`, edited
  for (const TextEdit& edit : edits) {
    if (edit.offset > text.size() || edit.length > text.size() - edit.offset) {
      return fail(EditError::OutOfRange);
    }
    if (edit.offset < copied) return fail(EditError::Overlap);
    out.append(text.substr(copied, edit.offset - copied)).append(edit.replacement);
    copied = edit.offset + edit.length;
  }
  out.append(text.substr(copied));
  return out;
}

std::vector<TextEdit> invert_edits(std::string_view text, std::vector<TextEdit> edits) {
  std::ranges::stable_sort(edits, {}, &TextEdit::offset);
  std::size_t added = 0;
  std::size_t removed = 0;
  for (TextEdit& edit : edits) {
    const auto before = edit.offset;
    const auto length = edit.length;
    edit.offset = before + added - removed;
    edit.length = edit.replacement.size();
    added += edit.replacement.size();
    removed += length;
    edit.replacement = std::string(text.substr(before, length));
  }
  return edits;
}

}  // namespace meshctl::inject
