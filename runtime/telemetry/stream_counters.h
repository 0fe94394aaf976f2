#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "runtime/telemetry/histogram_bins.h"
#include "runtime/telemetry/live_histogram.h"
#include "runtime/telemetry/owned_counter.h"
#include "runtime/telemetry/stream_record.h"

namespace meshctl::telemetry {

/// The reasons that WebSockets are closed for, as labels: the codes 1000 to 1015 (RFC 6455, 7.4.1),
/// all others together, and none.
inline constexpr std::uint16_t kFirstCloseCode = 1000;
inline constexpr std::uint16_t kLastCloseCode = 1015;
inline constexpr std::size_t kOtherCloseCode = kLastCloseCode - kFirstCloseCode + 1;
inline constexpr std::size_t kNoCloseCode = kOtherCloseCode + 1;
inline constexpr std::size_t kCloseCodes = kNoCloseCode + 1;

/// The label of a close code, as a number below kCloseCodes, and its text.
[[nodiscard]] std::size_t close_code_index(std::uint16_t code) noexcept;
[[nodiscard]] std::string_view close_code_name(std::size_t index) noexcept;

/// What one thread counts of its streams, live. The tap's thread writes, any thread reads.
struct StreamCounters {
  struct OfKind {
    OwnedCounter active;  ///< wraps below 0 and back
    OwnedCounter ended;
    OwnedCounter errors;
    LiveHistogram duration;
  };
  struct OfMessages {
    OwnedCounter messages;
    OwnedCounter bytes;
  };
  std::array<OfKind, kStreamKinds> kinds;
  std::array<std::array<OfMessages, kFlows>, kMessageProtocols> messages;
  std::array<OwnedCounter, kCloseCodes> closes;

  void count(StreamKind kind, bool is_error, Duration duration) noexcept;
};

/// The same at rest, of one or several threads.
struct StreamTotals {
  struct OfKind {
    std::int64_t active = 0;
    std::uint64_t ended = 0;
    std::uint64_t errors = 0;
    HistogramBins duration;
  };
  struct OfMessages {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  std::array<OfKind, kStreamKinds> kinds;
  std::array<std::array<OfMessages, kFlows>, kMessageProtocols> messages{};
  std::array<std::uint64_t, kCloseCodes> closes{};

  void add(const StreamCounters& counters);
  /// What was counted after `earlier`; `active` is a level and stays.
  [[nodiscard]] StreamTotals since(const StreamTotals& earlier) const;
};

}  // namespace meshctl::telemetry
