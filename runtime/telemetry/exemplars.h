#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/base/clock.h"
#include "runtime/base/trace_id.h"

namespace meshctl::telemetry {

/// A call that stands for those of its bucket (OpenMetrics 1.0, "Exemplars").
struct Exemplar {
  std::size_t bucket = 0;
  TraceId trace;
  std::uint64_t value = 0;
  Instant at;  ///< the end of the call
};

/// The newest exemplar of each bucket of one series. One thread sets, any thread reads, without a
/// lock.
template <std::size_t Buckets>
class LiveExemplars {
 public:
  void set(const Exemplar& exemplar) noexcept {
    // A sequence lock: odd while it is written. Each field is a release, so a reader that saw any
    // new one sees the odd number, too.
    Slot& slot = slots_[exemplar.bucket];
    const auto version = slot.version.load(std::memory_order_relaxed);
    slot.version.store(version + 1, std::memory_order_relaxed);
    slot.high.store(exemplar.trace.high, std::memory_order_release);
    slot.low.store(exemplar.trace.low, std::memory_order_release);
    slot.value.store(exemplar.value, std::memory_order_release);
    slot.at.store(exemplar.at.time_since_epoch().count(), std::memory_order_release);
    slot.version.store(version + 2, std::memory_order_release);
  }

  /// Nothing where there is none, or where one is just being written.
  [[nodiscard]] std::optional<Exemplar> read(std::size_t bucket) const noexcept {
    const Slot& slot = slots_[bucket];
    const auto version = slot.version.load(std::memory_order_acquire);
    if (version == 0 || version % 2 != 0) return std::nullopt;
    Exemplar found;
    found.bucket = bucket;
    found.trace.high = slot.high.load(std::memory_order_acquire);
    found.trace.low = slot.low.load(std::memory_order_acquire);
    found.value = slot.value.load(std::memory_order_acquire);
    found.at = Instant{Instant::duration{slot.at.load(std::memory_order_acquire)}};
    if (slot.version.load(std::memory_order_relaxed) != version) return std::nullopt;
    return found;
  }

 private:
  struct Slot {
    std::atomic<std::uint64_t> version{0};
    std::atomic<std::uint64_t> high{0};
    std::atomic<std::uint64_t> low{0};
    std::atomic<std::uint64_t> value{0};
    std::atomic<Instant::rep> at{0};
  };
  std::array<Slot, Buckets> slots_{};
};

}  // namespace meshctl::telemetry
