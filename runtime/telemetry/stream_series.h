#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/classic_buckets.h"
#include "runtime/telemetry/route_table.h"

namespace meshctl::telemetry {

/// Upper bounds of the exported stream durations in nanoseconds: OpenTelemetry's for what lasts
/// (http.client.connection.duration, 10 ms to 300 s), carried up to a day.
inline constexpr std::array<std::uint64_t, 16> kStreamBounds{
    10'000'000,      20'000'000,      50'000'000,        100'000'000,
    200'000'000,     500'000'000,     1'000'000'000,     2'000'000'000,
    5'000'000'000,   10'000'000'000,  30'000'000'000,    60'000'000'000,
    120'000'000'000, 300'000'000'000, 3'600'000'000'000, 86'400'000'000'000};
using StreamCounts = BucketCounts<kStreamBounds.size()>;

/// What tells one exported series of streams from another.
struct StreamKey {
  StreamKind kind = StreamKind::Tunnel;
  RouteTable::Id route = RouteTable::kOther;
  ErrorType error = ErrorType::None;
  std::uint16_t grpc_status = kNoGrpcStatus;

  friend bool operator==(const StreamKey&, const StreamKey&) = default;
};

/// The durations of ended streams, of one shard: append-only and capped, so at most 40 KB. One
/// thread looks up and adds, any thread reads without a lock. Once full, a new key goes to
/// `{other}` of its kind and error; the last places are kept for these.
class StreamSeries {
 public:
  static constexpr std::size_t kCapacity = 256;
  /// Three kinds with seven error types, and gRPC's with as many codes beside.
  static constexpr std::size_t kReserved = 3 * 7 + 7 + kNoGrpcStatus + 1;

  struct One {
    explicit One(const StreamKey& stream_key) noexcept : key(stream_key) {}
    const StreamKey key;
    ClassicBuckets<kStreamBounds> duration;  ///< its count is the number of streams
  };

  /// The series to count a stream in; null only out of memory. The owner's thread only.
  One* find(const StreamKey& key) noexcept;

  std::size_t size() const noexcept { return size_.load(std::memory_order_acquire); }
  const One& operator[](std::size_t index) const noexcept { return *series_[index]; }

 private:
  [[nodiscard]] One* known(const StreamKey& key) noexcept;

  std::array<std::unique_ptr<One>, kCapacity> series_;
  std::atomic<std::size_t> size_{0};
};

}  // namespace meshctl::telemetry
