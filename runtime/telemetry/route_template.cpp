#include "runtime/telemetry/route_template.h"

#include <algorithm>
#include <utility>

namespace meshctl::telemetry {
namespace {

Result<TemplateSegment, TemplateProblem> parse_segment(std::string_view text, std::string& name) {
  TemplateSegment segment;
  segment.pieces.emplace_back();
  while (!text.empty()) {
    const auto open = std::min(text.find_first_of("{}"), text.size());
    append_normalised(segment.pieces.back(), text.substr(0, open));
    text.remove_prefix(open);
    if (text.empty()) break;
    if (text.front() == '}') return fail(TemplateProblem::ClosingBrace);
    const auto close = text.find_first_of("{}", 1);
    if (close == std::string_view::npos || text[close] == '{') {
      return fail(TemplateProblem::OpenBrace);
    }
    if (close == 1) return fail(TemplateProblem::NoName);
    if (segment.pieces.size() > 1 && segment.pieces.back().empty()) {
      return fail(TemplateProblem::AdjacentParameters);
    }
    name.append(segment.pieces.back());
    append_normalised(name, text.substr(0, close + 1));
    segment.pieces.emplace_back();
    text.remove_prefix(close + 1);
  }
  name.append(segment.pieces.back());
  return segment;
}

}  // namespace

std::string_view describe(TemplateProblem problem) noexcept {
  switch (problem) {
    case TemplateProblem::NoLeadingSlash: return "does not begin with '/'";
    case TemplateProblem::HasQuery: return "has a '?', '#' or ';': routes are paths alone";
    case TemplateProblem::OpenBrace: return "has a '{' that is not closed in its segment";
    case TemplateProblem::ClosingBrace: return "has a '}' that closes nothing";
    case TemplateProblem::NoName: return "has a parameter without a name";
    case TemplateProblem::AdjacentParameters: return "has two parameters with nothing between them";
    case TemplateProblem::DotSegment: return "has a '.' or '..' segment";
    case TemplateProblem::TooManySegments: return "has more than 32 segments";
    case TemplateProblem::SegmentTooLong: return "has a segment of more than 128 bytes";
  }
  return "";
}

std::size_t TemplateSegment::literal_bytes() const noexcept {
  std::size_t sum = 0;
  for (const auto& piece : pieces) sum += piece.size();
  return sum;
}

bool TemplateSegment::matches(PathSegment segment) const noexcept {
  if (is_parameter()) return true;
  if (segment.is_cut) return false;
  auto rest = segment.text();
  if (is_literal()) return rest == pieces.front();
  if (!rest.starts_with(pieces.front())) return false;
  rest.remove_prefix(pieces.front().size());
  // The first place for each piece leaves the most room for those behind it.
  for (std::size_t i = 1; i + 1 < pieces.size(); ++i) {
    const auto found = rest.find(pieces[i], 1);
    if (found == std::string_view::npos) return false;
    rest.remove_prefix(found + pieces[i].size());
  }
  return rest.size() > pieces.back().size() && rest.ends_with(pieces.back());
}

Result<RouteTemplate, TemplateProblem> parse_template(std::string_view text) {
  if (!text.starts_with('/')) return fail(TemplateProblem::NoLeadingSlash);
  if (text.find_first_of("?#;") != std::string_view::npos) return fail(TemplateProblem::HasQuery);
  RouteTemplate result;
  while (!text.empty()) {
    text.remove_prefix(1);
    const auto end = std::min(text.find('/'), text.size());
    const auto raw = text.substr(0, end);
    text.remove_prefix(end);
    result.ends_in_slash = raw.empty();
    if (raw.empty()) continue;
    result.name.push_back('/');
    auto segment = parse_segment(raw, result.name);
    if (!segment) return fail(segment.error());
    if (segment->is_literal() && (segment->pieces[0] == "." || segment->pieces[0] == "..")) {
      return fail(TemplateProblem::DotSegment);
    }
    if (segment->literal_bytes() > kMostSegmentBytes) return fail(TemplateProblem::SegmentTooLong);
    result.segments.push_back(std::move(*segment));
  }
  if (result.segments.size() > kMostPathSegments) return fail(TemplateProblem::TooManySegments);
  if (result.segments.empty()) result.ends_in_slash = false;
  if (result.ends_in_slash || result.segments.empty()) result.name.push_back('/');
  return result;
}

}  // namespace meshctl::telemetry
