#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "runtime/telemetry/access_log.h"
#include "runtime/telemetry/short_text.h"

namespace meshctl::telemetry {

/// RFC 3339 in UTC with nine decimals: `2024-05-31T12:00:00.000000001Z`. By hand, for every call
/// has one: a formatting library takes longer for it than for all the rest of the line.
inline void append_time(std::string& out, WallTime time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{time - day};
  ShortText<30> text;
  text.add_padded<4>(static_cast<std::uint32_t>(static_cast<int>(date.year())));
  text.add('-');
  text.add_padded<2>(static_cast<unsigned>(date.month()));
  text.add('-');
  text.add_padded<2>(static_cast<unsigned>(date.day()));
  text.add('T');
  text.add_padded<2>(static_cast<std::uint32_t>(clock.hours().count()));
  text.add(':');
  text.add_padded<2>(static_cast<std::uint32_t>(clock.minutes().count()));
  text.add(':');
  text.add_padded<2>(static_cast<std::uint32_t>(clock.seconds().count()));
  text.add('.');
  text.add_padded<9>(static_cast<std::uint32_t>(clock.subseconds().count()));
  text.add('Z');
  out.append(text.text());
}

}  // namespace meshctl::telemetry
