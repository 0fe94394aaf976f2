#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/base/clock.h"

namespace meshctl::web {

/// What an answer to a push asks for (OTLP 1.x, "Failures" of OTLP/HTTP).
enum class Verdict : std::uint8_t {
  Delivered,  ///< 2xx
  Retry,      ///< 429, 502, 503, 504
  Drop,       ///< all else: the same would come back
};
[[nodiscard]] Verdict verdict_of(std::uint16_t status) noexcept;

/// How long a Retry-After header asks to wait: seconds, or a date against `now` (RFC 9110, 10.2.3);
/// at most kMostRetryAfter. Nothing where it says neither.
[[nodiscard]] std::optional<Duration> retry_after(std::string_view header,
                                                  std::chrono::system_clock::time_point now);
/// Chosen: longer than collectors ask for, and a typing error does not end the reports for good.
inline constexpr Duration kMostRetryAfter = std::chrono::minutes(10);

/// Exponential back-off with jitter: 1 s, doubled at each failure up to 60 s, of which the later
/// half is left to chance, so that many of us do not come back at once.
class Backoff {
 public:
  /// The wait before the next attempt; never less than `asked`. `chance` is from [0, 1).
  [[nodiscard]] Duration next(std::optional<Duration> asked, double chance) noexcept;
  void reset() noexcept { step_ = kFirst; }

  static constexpr Duration kFirst = std::chrono::seconds(1);
  static constexpr Duration kLast = std::chrono::seconds(60);

 private:
  Duration step_ = kFirst;
};

}  // namespace meshctl::web
