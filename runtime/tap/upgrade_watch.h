#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace meshctl::tap {

/// Reads one field of a response head as it comes in parts: what an `Upgrade` leads to (RFC 9110,
/// 7.8).
class UpgradeWatch {
 public:
  /// A new head.
  void begin() noexcept { *this = {}; }
  void on_name(std::string_view part) noexcept {
    if (in_value_) name_.clear();
    in_value_ = false;
    name_.append(part);
  }
  void on_value(std::string_view part) noexcept {
    if (!in_value_) is_upgrade_ = name_.is("upgrade");
    in_value_ = true;
    if (is_upgrade_) value_.append(part);
  }

  [[nodiscard]] bool is_h2c() const noexcept { return value_.is("h2c"); }

 private:
  /// The beginning of a text, in lower case: as much as tells the few that matter.
  class Text {
   public:
    void clear() noexcept { size_ = 0; }
    void append(std::string_view part) noexcept {
      for (const char c : part) {
        if (size_ == bytes_.size()) return;
        bytes_[size_++] = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
      }
    }
    [[nodiscard]] bool is(std::string_view text) const noexcept {
      return std::string_view(bytes_.data(), size_) == text;
    }

   private:
    std::array<char, 12> bytes_{};
    std::size_t size_ = 0;
  };

  Text name_;
  Text value_;
  bool in_value_ = false;
  bool is_upgrade_ = false;
};

}  // namespace meshctl::tap
