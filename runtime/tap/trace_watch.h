#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "runtime/base/trace_id.h"

namespace meshctl::tap {

/// Reads the `traceparent` field of a request head that comes in parts (W3C Trace Context, 3.2). Of
/// all others nothing is kept, and their first byte mostly tells them apart.
class TraceWatch {
 public:
  /// A new head.
  void begin() noexcept { *this = {}; }
  void on_name(std::string_view part) noexcept {
    if (in_value_) matched_ = 0;
    in_value_ = false;
    for (const char c : part) {
      if (matched_ >= kName.size() || (c | 0x20) != kName[matched_]) {
        matched_ = kOtherName;
        return;
      }
      ++matched_;
    }
  }
  void on_value(std::string_view part) noexcept {
    const bool is_first = !in_value_;
    in_value_ = true;
    if (matched_ != kName.size()) return;
    if (is_first && fields_ < kMany) ++fields_;
    const auto count = std::min(part.size(), value_.size() - size_);
    std::copy_n(part.begin(), count, value_.begin() + static_cast<std::ptrdiff_t>(size_));
    size_ = static_cast<std::uint8_t>(size_ + count);
  }

  /// A name and its value whole: the same as both in parts.
  void on_field(std::string_view name, std::string_view value) noexcept {
    if (name.size() != kName.size()) return;
    in_value_ = true;
    on_name(name);
    on_value(value);
  }

  /// Of the head that is complete. Several fields are none (3.2 of the recommendation).
  [[nodiscard]] TraceId trace() const noexcept {
    if (fields_ != 1) return {};
    std::string_view value(value_.data(), size_);
    value.remove_suffix(value.size() - (value.find_last_not_of(" \t") + 1));  // RFC 9110, 5.5
    return read_traceparent(value).value_or(TraceId{});
  }

 private:
  static constexpr std::string_view kName = "traceparent";
  static constexpr std::uint8_t kOtherName = kName.size() + 1;
  /// Of version 00 and two bytes more, which tell that there is more.
  static constexpr std::size_t kMostBytes = 57;

  static constexpr std::uint8_t kMany = 2;

  // Small: each idle connection holds one.
  std::array<char, kMostBytes> value_{};
  std::uint8_t size_ = 0;
  std::uint8_t matched_ = 0;
  std::uint8_t fields_ = 0;
  bool in_value_ = false;
};

}  // namespace meshctl::tap
