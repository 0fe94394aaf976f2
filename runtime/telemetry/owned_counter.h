#pragma once

#include <atomic>
#include <cstdint>

namespace meshctl::telemetry {

/// A counter that one thread writes and any thread may read. With a single writer a plain load and
/// store lose no update, so no locked instruction is paid. It wraps at 2^64.
class OwnedCounter {
 public:
  void add(std::uint64_t n) noexcept { set(read() + n); }
  void set(std::uint64_t value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::uint64_t read() const noexcept { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

}  // namespace meshctl::telemetry
