#include "cli/inject/source_text.h"

#include <algorithm>

namespace meshctl::inject {

SourceText::SourceText(std::string name, std::string bytes)
    : name_(std::move(name)), bytes_(std::move(bytes)) {
  for (auto at = bytes_.find('\n'); at != std::string::npos; at = bytes_.find('\n', at + 1)) {
    line_starts_.push_back(at + 1);
  }
  const auto lf = line_starts_.size() > 1 ? line_starts_[1] - 1 : std::string::npos;
  if (lf != std::string::npos && lf > 0 && bytes_[lf - 1] == '\r') newline_ = "\r\n";
}

std::optional<SourceText> SourceText::after_cuts(std::shared_ptr<const SourceText> original,
                                                 std::vector<TextEdit> cuts) {
  std::ranges::stable_sort(cuts, {}, &TextEdit::offset);
  auto left = apply_edits(original->bytes(), cuts);
  if (!left) return std::nullopt;
  SourceText text(original->name(), std::move(*left));
  text.original_ = std::move(original);
  text.cuts_ = std::move(cuts);
  return text;
}

bool SourceText::has_bom() const {
  return bytes_.starts_with(kBom);
}

std::size_t SourceText::line_begin(std::size_t offset) const {
  if (offset == 0) return 0;
  const auto lf = bytes_.rfind('\n', offset - 1);
  return lf == std::string::npos ? 0 : lf + 1;
}

std::size_t SourceText::indent(std::size_t offset) const {
  const auto begin = line_begin(offset);
  return offset - (begin == 0 && has_bom() ? kBom.size() : begin);
}

std::size_t SourceText::line_end(std::size_t offset) const {
  auto lf = bytes_.find('\n', offset);
  if (lf == std::string::npos) return bytes_.size();
  return lf > 0 && bytes_[lf - 1] == '\r' ? lf - 1 : lf;
}

std::size_t SourceText::original_offset(std::size_t offset) const {
  std::size_t at = offset;
  for (const TextEdit& cut : cuts_) {
    if (cut.offset > at) break;
    at += cut.length;
    at -= std::min(cut.replacement.size(), at);
  }
  return at;
}

Place SourceText::place(std::size_t offset) const {
  if (original_) return original_->place(original_offset(offset));
  offset = std::min(offset, bytes_.size());
  const auto begin = line_begin(offset);
  const auto line = std::ranges::upper_bound(line_starts_, begin) - line_starts_.begin();
  std::size_t column = 1;
  for (std::size_t at = begin; at < offset; ++at) {
    const auto byte = static_cast<unsigned char>(bytes_[at]);
    if ((byte & 0xC0U) != 0x80U) ++column;  // not a continuation byte of UTF-8
  }
  if (begin == 0 && has_bom() && column > 1) --column;
  return {static_cast<std::size_t>(line), column};
}

std::string SourceText::line_at(std::size_t offset) const {
  if (original_) return original_->line_at(original_offset(offset));
  offset = std::min(offset, bytes_.size());
  auto begin = line_begin(offset);
  const auto end = line_end(begin);
  if (begin == 0 && has_bom()) begin = kBom.size();
  return begin < end ? bytes_.substr(begin, end - begin) : std::string();
}

}  // namespace meshctl::inject
