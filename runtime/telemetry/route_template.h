#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/telemetry/path_segments.h"

namespace meshctl::telemetry {

/// Why a text is no template.
enum class TemplateProblem : std::uint8_t {
  NoLeadingSlash,
  HasQuery,            ///< a `?`, `#` or `;`
  OpenBrace,           ///< `{` without `}` in its segment, or one within another
  ClosingBrace,        ///< `}` without `{`
  NoName,              ///< `{}`
  AdjacentParameters,  ///< `{a}{b}`: nothing says where one ends
  DotSegment,          ///< `.` or `..`: no call has one, they are resolved
  TooManySegments,     ///< more than kMostPathSegments
  SegmentTooLong,      ///< more than kMostSegmentBytes
};

/// What is wrong, for the person who wrote it: `'{' is not closed`.
[[nodiscard]] std::string_view describe(TemplateProblem problem) noexcept;

/// One segment of a template: text with parameters between its pieces. One piece is a literal;
/// two empty ones are a parameter that takes the whole segment. Normalised like PathSegments.
struct TemplateSegment {
  std::vector<std::string> pieces;

  [[nodiscard]] bool is_literal() const noexcept { return pieces.size() == 1; }
  [[nodiscard]] bool is_parameter() const noexcept {
    return pieces.size() == 2 && pieces[0].empty() && pieces[1].empty();
  }
  [[nodiscard]] std::size_t literal_bytes() const noexcept;
  /// Each parameter takes one byte or more.
  [[nodiscard]] bool matches(PathSegment segment) const noexcept;

  friend bool operator==(const TemplateSegment&, const TemplateSegment&) = default;
};

/// A path with parameters, `/users/{id}/orders`, as OpenAPI 3 spells it (Paths Object).
struct RouteTemplate {
  std::string name;  ///< what calls are counted under: the template as written, printable ASCII
  std::vector<TemplateSegment> segments;
  bool ends_in_slash = false;
};

/// Reads a template. A parameter takes one segment, or a part of one (`{name}.json`). Its name says
/// nothing but what the route is called.
[[nodiscard]] Result<RouteTemplate, TemplateProblem> parse_template(std::string_view text);

}  // namespace meshctl::telemetry
