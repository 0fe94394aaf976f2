#pragma once

#include <cstdint>
#include <string>

#include "runtime/base/clock.h"

namespace meshctl {

/// Bytes for people, in at most 7 columns: `0 B`, `999 B`, `1.2 kB`, `34 MB`, `5.6 GB`. Powers of
/// 1000.
[[nodiscard]] std::string human_bytes(std::uint64_t bytes);

/// A duration for people, in at most 7 columns: `830 ns`, `12.3 us`, `4.56 ms`, `1.20 s`, `12 m`.
[[nodiscard]] std::string human_duration(Duration duration);

/// A count for people, in at most 6 columns: `0`, `99999`, `123 k`, `4.5 M`.
[[nodiscard]] std::string human_count(std::uint64_t count);

/// Seconds as a decimal without loss of a nanosecond and without an exponent: `0.000012345`.
[[nodiscard]] std::string decimal_seconds(Duration duration);

}  // namespace meshctl
