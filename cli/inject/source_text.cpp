#include "cli/inject/source_text.h"

#include <algorithm>

namespace meshctl::inject {

namespace {

/// chosen: how far a column may be counted byte by byte; a manifest may be one line of megabytes.
constexpr std::size_t kBlock = 1024;

/// Whether a byte of UTF-8 continues a character.
bool is_continuation(char c) {
  return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
}

}  // namespace

SourceText::SourceText(std::string name, std::string bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)) {
  std::size_t continuations = 0;
  for (auto at = bytes_.find('\n'); at != std::string::npos; at = bytes_.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
  const auto lf = line_starts_.size() > 1 ? line_starts_[1] - 1 : std::string::npos;
  if (lf != std::string::npos && lf > 0 && bytes_[lf - 1] == '\r') newline_ = "\r\n";
  has_mixed_newlines_ = std::any_of(line_starts_.begin() + 1, line_starts_.end(), [&](auto start) {
    return (start > 1 && bytes_[start - 2] == '\r') != (newline_ == "\r\n");
  });
  for (std::size_t at = 0; at < bytes_.size(); ++at) {
    if (at % kBlock == 0) continuations_.push_back(continuations);
    if (is_continuation(bytes_[at])) ++continuations;
  }
  continuations_.push_back(continuations);
}

std::optional<SourceText> SourceText::after_cuts(std::shared_ptr<const SourceText> original,
                                                 std::vector<TextEdit> cuts) {
  std::ranges::stable_sort(cuts, {}, &TextEdit::offset);
  auto left = apply_edits(original->bytes(), cuts);
  if (!left) return std::nullopt;
  SourceText text(original->name(), std::move(*left));
  text.original_ = std::move(original);
  std::size_t shift = 0;  // original offset = offset here + shift; the sum may wrap round
  for (const TextEdit& cut : cuts) {
    text.cut_positions_.push_back(cut.offset - shift);
    shift += cut.length - cut.replacement.size();
    text.cut_lengths_.push_back(shift);
  }
  return text;
}

bool SourceText::has_bom() const {
  return bytes_.starts_with(kBom);
}

std::size_t SourceText::line_begin(std::size_t offset) const {
  return *(std::ranges::upper_bound(line_starts_, offset) - 1);
}

std::size_t SourceText::indent(std::size_t offset) const {
  const auto begin = line_begin(offset);
  return offset - (begin == 0 && has_bom() ? kBom.size() : begin);
}

std::size_t SourceText::line_end(std::size_t offset) const {
  const auto next = std::ranges::upper_bound(line_starts_, offset);
  if (next == line_starts_.end()) return bytes_.size();
  const auto lf = *next - 1;
  return lf > 0 && bytes_[lf - 1] == '\r' ? lf - 1 : lf;
}

std::size_t SourceText::original_offset(std::size_t offset) const {
  const auto passed = std::ranges::upper_bound(cut_positions_, offset) - cut_positions_.begin();
  return offset + cut_lengths_[static_cast<std::size_t>(passed)];
}

std::size_t SourceText::continuations_before(std::size_t offset) const {
  auto count = continuations_[offset / kBlock];
  for (auto at = offset / kBlock * kBlock; at < offset; ++at) {
    if (is_continuation(bytes_[at])) ++count;
  }
  return count;
}

Place SourceText::place(std::size_t offset) const {
  if (original_) return original_->place(original_offset(offset));
  offset = std::min(offset, bytes_.size());
  const auto begin = line_begin(offset);
  const auto line = std::ranges::upper_bound(line_starts_, begin) - line_starts_.begin();
  auto column = 1 + (offset - begin) - (continuations_before(offset) - continuations_before(begin));
  if (begin == 0 && has_bom() && column > 1) --column;
  return {static_cast<std::size_t>(line), column};
}

Excerpt SourceText::excerpt(std::size_t offset, std::size_t columns) const {
  if (original_) return original_->excerpt(original_offset(offset), columns);
  offset = std::min(offset, bytes_.size());
  auto first = line_begin(offset);
  if (first == 0 && has_bom()) first = kBom.size();
  const auto last = std::max(first, line_end(first));
  const auto here = std::clamp(offset, first, last);
  auto begin = here;
  std::size_t before = 0;
  while (begin > first && before < columns) {
    if (!is_continuation(bytes_[--begin])) ++before;
  }
  auto end = here;
  for (std::size_t after = 0; end < last; ++end) {
    if (!is_continuation(bytes_[end]) && after++ == columns) break;
  }
  return {std::string_view(bytes_).substr(begin, end - begin), before + 1};
}

}  // namespace meshctl::inject
