#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace meshctl::telemetry {

/// Deeper paths are read up to here, and fit no template.
inline constexpr std::size_t kMostPathSegments = 32;
/// What is kept of a segment once it is normalised. A longer one is a value, never a word.
inline constexpr std::size_t kMostSegmentBytes = 128;

/// One segment of a path, normalised: printable ASCII. Not initialised when made.
struct PathSegment {
  std::string_view text() const noexcept { return {data, size}; }

  const char* data;
  std::uint32_t size;
  bool is_cut;  ///< it was longer than kMostSegmentBytes
};

/// A request target, cut into segments that compare byte by byte: an octet that is percent-encoded
/// without need stands as itself, other encodings have capital digits (RFC 3986, 6.2.2.1 and
/// 6.2.2.2), bytes outside 0x21..0x7E and a `%` that encodes nothing become `%XX`. Dot segments are
/// resolved (5.2.4) and empty ones dropped. Path parameters (`;...`, 3.3), query, fragment, and
/// scheme and authority of an absolute form are gone. Refers to itself and to the target: both stay
/// where they are.
class PathSegments {
 public:
  enum class Form : std::uint8_t {
    Path,       ///< begins with `/`, or is empty, which is `/`
    Asterisk,   ///< `*` (RFC 9112, 3.2.4)
    Authority,  ///< all else, such as the target of a CONNECT (3.2.3): no segments
  };

  explicit PathSegments(std::string_view target) noexcept;
  PathSegments(const PathSegments&) = delete;
  PathSegments& operator=(const PathSegments&) = delete;

  [[nodiscard]] Form form() const noexcept { return form_; }
  [[nodiscard]] std::span<const PathSegment> segments() const noexcept {
    return {segments_.data(), count_};
  }
  /// `/users/` does, `/users` does not, and `/` has no segment that a slash could follow.
  [[nodiscard]] bool ends_in_slash() const noexcept { return ends_in_slash_ && count_ > 0; }
  /// There were more than kMostPathSegments.
  [[nodiscard]] bool is_cut() const noexcept { return is_cut_; }

 private:
  void read(std::string_view path) noexcept;
  void push(PathSegment segment) noexcept;
  PathSegment normalised(std::string_view raw) noexcept;

  Form form_ = Form::Path;
  bool ends_in_slash_ = false;
  bool is_cut_ = false;
  std::size_t count_ = 0;
  // Both are left uninitialised: a call pays for what it fills.
  std::array<PathSegment, kMostPathSegments> segments_;
  std::array<char, kMostPathSegments * kMostSegmentBytes> text_;
};

/// Appends `raw` normalised as PathSegments does it, all of it.
void append_normalised(std::string& out, std::string_view raw);

/// Appends `raw` for people: bytes outside 0x21..0x7E become `%XX`, all else stays as it was sent.
void append_printable_path(std::string& out, std::string_view raw);

}  // namespace meshctl::telemetry
