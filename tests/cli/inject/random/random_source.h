#pragma once

#include <cstddef>
#include <cstdint>

namespace meshctl::inject {

/// Numbers that follow from a seed alone: xorshift64 (Marsaglia, 2003).
class RandomSource {
 public:
  explicit RandomSource(std::uint64_t seed) : state_(seed * 2 + 1) {}

  std::size_t pick(std::size_t count) {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 7;
    state_ ^= state_ << 17;
    return static_cast<std::size_t>((state_ >> 11) % count);
  }
  bool one_in(std::size_t count) { return pick(count) == 0; }

  /// One of an array's elements.
  template <typename Array>
  const auto& of(const Array& array) {
    return array[pick(std::size(array))];
  }

 private:
  std::uint64_t state_;
};

}  // namespace meshctl::inject
