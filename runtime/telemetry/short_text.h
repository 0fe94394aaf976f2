#pragma once

#include <fmt/format.h>

#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "runtime/base/assert.h"

namespace meshctl::telemetry {

/// A text of at most `Size` bytes, put together on the stack. For lines that are written for each
/// call: an append to a string costs more than most of what is appended.
template <std::size_t Size>
class ShortText {
 public:
  /// All that is added must fit.
  void add(std::string_view part) noexcept {
    MESHCTL_ASSERT(part.size() <= Size - size_);
    std::memcpy(bytes_.data() + size_, part.data(), part.size());
    size_ += part.size();
  }
  /// A literal: its length is known when this is compiled.
  template <std::size_t Length>
  void add(const char (&part)[Length]) noexcept {
    add(std::string_view(part, Length - 1));
  }
  void add(char c) noexcept { add(std::string_view(&c, 1)); }
  template <typename Number>
  void add_number(Number value) noexcept {
    const fmt::format_int digits(value);
    add(std::string_view(digits.data(), digits.size()));
  }
  /// `value` in as many digits, with zeros before it; it has no more. Not negative.
  template <std::size_t Digits, typename Number>
  void add_padded(Number value) noexcept {
    MESHCTL_ASSERT(Digits <= Size - size_);
    for (std::size_t i = Digits; i-- > 0; value /= 10)
      bytes_[size_ + i] = static_cast<char>('0' + value % 10);
    size_ += Digits;
  }

  [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }

 private:
  std::array<char, Size> bytes_;
  std::size_t size_ = 0;
};

}  // namespace meshctl::telemetry
