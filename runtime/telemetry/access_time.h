#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

#include "runtime/telemetry/access_log.h"

namespace meshctl::telemetry {

/// `value`, which has at most as many digits, with zeros before it, and then `end`.
template <std::size_t Digits>
void append_padded(std::string& out, std::int64_t value, char end) {
  std::array<char, Digits + 1> text;
  for (std::size_t i = Digits; i-- > 0; value /= 10) text[i] = static_cast<char>('0' + value % 10);
  text[Digits] = end;
  out.append(text.data(), text.size());
}

/// RFC 3339 in UTC with nine decimals: `2024-05-31T12:00:00.000000001Z`. By hand, for every call
/// has one: a formatting library takes longer for it than for all the rest of the line.
inline void append_time(std::string& out, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  append_padded<4>(out, static_cast<int>(date.year()), '-');
  append_padded<2>(out, static_cast<unsigned>(date.month()), '-');
  append_padded<2>(out, static_cast<unsigned>(date.day()), 'T');
  append_padded<2>(out, clock.hours().count(), ':');
  append_padded<2>(out, clock.minutes().count(), ':');
  append_padded<2>(out, clock.seconds().count(), '.');
  append_padded<9>(out, clock.subseconds().count(), 'Z');
}

}  // namespace meshctl::telemetry
