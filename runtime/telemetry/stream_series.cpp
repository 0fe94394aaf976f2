#include "runtime/telemetry/stream_series.h"

#include <new>

namespace meshctl::telemetry {

StreamSeries::One* StreamSeries::known(const StreamKey& key) noexcept {
  // In order of arrival: streams end far less often than calls, and few keys are most of them.
  const auto size = size_.load(std::memory_order_relaxed);
  for (std::size_t i = 0; i < size; ++i) {
    if (series_[i]->key == key) return series_[i].get();
  }
  return nullptr;
}

StreamSeries::One* StreamSeries::find(const StreamKey& key) noexcept {
  if (One* found = known(key)) return found;
  const auto size = size_.load(std::memory_order_relaxed);
  StreamKey folded = key;
  if (size >= kCapacity - kReserved) {
    folded.route = RouteTable::kOther;
    // A code beside a failure on the way is one key more than room is kept for.
    if (key.error != ErrorType::None) folded.grpc_status = kNoGrpcStatus;
    if (One* found = known(folded)) return found;
    if (size == kCapacity) return nullptr;
  }
  auto* added = new (std::nothrow) One(folded);
  if (added == nullptr) return nullptr;
  series_[size].reset(added);
  size_.store(size + 1, std::memory_order_release);
  return added;
}

}  // namespace meshctl::telemetry
