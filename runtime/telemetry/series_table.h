#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/telemetry/classic_buckets.h"
#include "runtime/telemetry/exemplars.h"
#include "runtime/telemetry/names.h"
#include "runtime/telemetry/route_table.h"

namespace meshctl::telemetry {

/// What tells one exported series from another.
struct SeriesKey {
  RouteTable::Id route = RouteTable::kOther;
  Method method = Method::Other;
  std::uint16_t status = 0;  ///< 0 to 999; of gRPC its own code
  CallProtocol protocol = CallProtocol::Http11;
  ErrorType error = ErrorType::None;

  friend bool operator==(const SeriesKey&, const SeriesKey&) = default;
};

using DurationExemplars = LiveExemplars<kDurationBounds.size() + 1>;

/// The counters of one series: 400 bytes, and 800 with its first exemplar.
struct Series {
  explicit Series(const SeriesKey& series_key) noexcept : key(series_key) {}
  ~Series() { delete exemplars.load(std::memory_order_relaxed); }
  Series(const Series&) = delete;
  Series& operator=(const Series&) = delete;

  /// Keeps the newest exemplar of a bucket of `duration`; none out of memory. The owner's thread.
  void keep(const Exemplar& exemplar) noexcept;

  const SeriesKey key;
  ClassicBuckets<kDurationBounds> duration;  ///< its count is the number of calls
  ClassicBuckets<kBodyBounds> request_body;
  ClassicBuckets<kBodyBounds> response_body;
  std::atomic<DurationExemplars*> exemplars{nullptr};  ///< owned; null before the first
};

/// The series of one shard: append-only and capped, so at most 1.2 MB, exemplars included. One
/// thread looks up and adds, any thread reads without a lock. Once full, a new key is folded into
/// `{other}`: with its own method and status if such a series is there, else with method `_OTHER`
/// and the status rounded down to its class (503 -> 500), gRPC's to OK or UNKNOWN, for which room
/// is kept; the error type is never lost.
class SeriesTable {
 public:
  static constexpr std::size_t kCapacity = 1024;
  /// Ten status classes and seven error types, of HTTP and of gRPC.
  static constexpr std::size_t kReserved = 140;

  /// The series to count a call in; null only out of memory. The owner's thread only.
  Series* find(const SeriesKey& key) noexcept;

  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  const Series& operator[](std::size_t index) const noexcept { return *series_[index]; }

 private:
  static constexpr std::size_t kSlots = 2048;  ///< a power of two, twice kCapacity
  static constexpr std::uint16_t kFree = 0xffff;

  struct Slot {
    std::uint32_t packed = 0;
    std::uint16_t index = kFree;
  };

  Slot& slot_of(std::uint32_t packed) noexcept;
  Series* append(const SeriesKey& key, Slot& slot, std::uint32_t packed) noexcept;

  std::array<std::unique_ptr<Series>, kCapacity> series_;
  std::array<Slot, kSlots> slots_{};
  std::atomic<std::size_t> size_{0};
};

}  // namespace meshctl::telemetry
