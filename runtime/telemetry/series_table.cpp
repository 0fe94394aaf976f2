#include "runtime/telemetry/series_table.h"

#include <new>

namespace meshctl::telemetry {
namespace {

static_assert(RouteTable::kCapacity <= 256, "a route takes 8 bits of the packed key");

/// The key as one number: route 8 bits, status 10, method 4, protocol 2, error 3.
std::uint32_t pack(const SeriesKey& key) noexcept {
  return std::uint32_t{key.route} << 19 | std::uint32_t{key.status} << 9 |
         static_cast<std::uint32_t>(key.method) << 5 |
         static_cast<std::uint32_t>(key.protocol) << 3 | static_cast<std::uint32_t>(key.error);
}

}  // namespace

void Series::keep(const Exemplar& exemplar) noexcept {
  auto* kept = exemplars.load(std::memory_order_relaxed);
  if (kept == nullptr) {
    kept = new (std::nothrow) DurationExemplars;
    if (kept == nullptr) return;
    exemplars.store(kept, std::memory_order_release);
  }
  kept->set(exemplar);
}

SeriesTable::Slot& SeriesTable::slot_of(std::uint32_t packed) noexcept {
  // Fibonacci hashing (Knuth, TAOCP 3, 6.4): the product's upper bits depend on all of the key.
  std::size_t at = (packed * 2654435769U) >> (32 - 11);
  static_assert(kSlots == 1U << 11);
  while (slots_[at].index != kFree && slots_[at].packed != packed) at = (at + 1) % kSlots;
  return slots_[at];
}

Series* SeriesTable::append(const SeriesKey& key, Slot& slot, std::uint32_t packed) noexcept {
  const auto size = size_.load(std::memory_order_relaxed);
  if (size == kCapacity) return nullptr;
  auto* series = new (std::nothrow) Series(key);
  if (series == nullptr) return nullptr;
  series_[size].reset(series);
  slot = {packed, static_cast<std::uint16_t>(size)};
  size_.store(size + 1, std::memory_order_release);
  return series;
}

Series* SeriesTable::find(const SeriesKey& key) noexcept {
  const auto packed = pack(key);
  Slot& slot = slot_of(packed);
  if (slot.index != kFree) return series_[slot.index].get();
  if (size_.load(std::memory_order_relaxed) < kCapacity - kReserved)
    return append(key, slot, packed);

  SeriesKey folded = key;
  folded.route = RouteTable::kOther;
  const Slot& same_call = slot_of(pack(folded));
  if (same_call.index != kFree) return series_[same_call.index].get();
  folded.method = Method::Other;
  if (key.protocol == CallProtocol::Grpc) {
    constexpr std::uint16_t kUnknown = 2;
    folded.status = key.status == 0 ? 0 : kUnknown;
  } else {
    folded.status = static_cast<std::uint16_t>(key.status / 100 * 100);
    folded.protocol = CallProtocol::Http11;
  }
  const auto coarse = pack(folded);
  Slot& last = slot_of(coarse);
  return last.index != kFree ? series_[last.index].get() : append(folded, last, coarse);
}

}  // namespace meshctl::telemetry
