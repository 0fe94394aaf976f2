#include "runtime/web/retry.h"

#include <algorithm>
#include <charconv>
#include <ctime>
#include <string>

namespace meshctl::web {

Verdict verdict_of(std::uint16_t status) noexcept {
  if (status >= 200 && status < 300) return Verdict::Delivered;
  const bool is_passing = status == 429 || (status >= 502 && status <= 504);
  return is_passing ? Verdict::Retry : Verdict::Drop;
}

std::optional<Duration> retry_after(std::string_view header,
                                    std::chrono::system_clock::time_point now) {
  using std::chrono::seconds;
  const auto bounded = [](std::int64_t count) {
    const auto most = std::chrono::duration_cast<seconds>(kMostRetryAfter).count();
    return Duration{seconds(std::clamp<std::int64_t>(count, 0, most))};
  };
  header = header.substr(0, header.find_last_not_of(" \t") + 1);
  std::uint64_t count = 0;
  const auto parsed = std::from_chars(header.data(), header.data() + header.size(), count);
  if (parsed.ptr == header.data() + header.size() && !header.empty()) {
    if (parsed.ec != std::errc{}) return kMostRetryAfter;  // more than 64 bits
    return bounded(static_cast<std::int64_t>(std::min<std::uint64_t>(count, 1U << 30)));
  }
  // IMF-fixdate (RFC 9110, 5.6.7): `Sun, 06 Nov 1994 08:49:37 GMT`. The program keeps to the C
  // locale, whose names these are.
  std::tm date{};
  const std::string text(header);
  const char* end = ::strptime(text.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
  if (end == nullptr || *end != '\0') return std::nullopt;
  return bounded(::timegm(&date) - std::chrono::system_clock::to_time_t(now));
}

Duration Backoff::next(std::optional<Duration> asked, double chance) noexcept {
  const auto half = step_ / 2;
  const auto wait = half + std::chrono::duration_cast<Duration>(half * chance);
  step_ = std::min(step_ * 2, kLast);
  return asked ? std::max(*asked, wait) : wait;
}

}  // namespace meshctl::web
