#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace meshctl {

/// The id of a distributed trace (W3C Trace Context, 3.2.2.3). All zeros is none.
struct TraceId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;

  [[nodiscard]] bool is_set() const noexcept { return (high | low) != 0; }
  friend bool operator==(const TraceId&, const TraceId&) = default;
};

/// The trace that the value of a `traceparent` header belongs to. Nothing for one that is not valid
/// to the letter, or whose `sampled` flag is off: nobody could look that trace up (W3C Trace
/// Context, 3.2).
[[nodiscard]] std::optional<TraceId> read_traceparent(std::string_view value) noexcept;

/// 32 digits in lower case.
[[nodiscard]] std::string to_string(const TraceId& id);

}  // namespace meshctl
