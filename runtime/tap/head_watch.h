#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshctl::tap {

/// Reads two fields of a response head as they come in parts: what an `Upgrade` leads to (RFC 9110,
/// 7.8), and whether the content is a stream of events (WHATWG HTML, 9.2.5).
class HeadWatch {
 public:
  /// A new head.
  void begin() noexcept { *this = {}; }
  void on_name(std::string_view part) noexcept {
    if (in_value_) name_.clear();
    in_value_ = false;
    name_.append(part);
  }
  void on_value(std::string_view part) noexcept {
    if (!in_value_)
      field_ = name_.is(kUpgrade)       ? Field::Upgrade
               : name_.is(kContentType) ? Field::ContentType
                                        : Field::Other;
    in_value_ = true;
    if (field_ == Field::Upgrade) upgrade_.append(part);
    if (field_ == Field::ContentType) content_type_.append(part);
  }

  /// A name and its value whole: the same as both in parts.
  void on_field(std::string_view name, std::string_view value) noexcept {
    if (name.size() != kUpgrade.size() && name.size() != kContentType.size()) return;
    in_value_ = true;
    on_name(name);
    on_value(value);
  }

  [[nodiscard]] bool is_h2c() const noexcept { return upgrade_.is("h2c"); }
  [[nodiscard]] bool is_websocket() const noexcept { return upgrade_.is("websocket"); }
  [[nodiscard]] bool is_event_stream() const noexcept {
    return is_event_stream(content_type_.text());
  }

  /// Of a content type, with parameters or without; what follows the first kMostBytes may be
  /// missing.
  [[nodiscard]] static bool is_event_stream(std::string_view type) noexcept {
    constexpr std::string_view kType = "text/event-stream";
    if (!is_same(type.substr(0, kType.size()), kType)) return false;
    const auto rest = type.substr(kType.size());
    return rest.empty() || rest.front() == ';' || rest.front() == ' ';
  }

  /// One byte more than the longest text that matters.
  static constexpr std::size_t kMostBytes = 18;

 private:
  static constexpr std::string_view kUpgrade = "upgrade";
  static constexpr std::string_view kContentType = "content-type";

  enum class Field : std::uint8_t { Other, Upgrade, ContentType };

  /// `lower` is in lower case.
  static bool is_same(std::string_view text, std::string_view lower) noexcept {
    const auto same = [](char a, char b) {
      return a == b || (a >= 'A' && a <= 'Z' && a + 32 == b);
    };
    return text.size() == lower.size() && std::equal(text.begin(), text.end(), lower.begin(), same);
  }

  /// The beginning of a text.
  class Text {
   public:
    void clear() noexcept { size_ = 0; }
    void append(std::string_view part) noexcept {
      const auto count = std::min(part.size(), bytes_.size() - size_);
      std::copy_n(part.begin(), count, bytes_.begin() + static_cast<std::ptrdiff_t>(size_));
      size_ = static_cast<std::uint8_t>(size_ + count);
    }
    [[nodiscard]] std::string_view text() const noexcept { return {bytes_.data(), size_}; }
    [[nodiscard]] bool is(std::string_view lower) const noexcept { return is_same(text(), lower); }

   private:
    std::array<char, kMostBytes> bytes_{};
    std::uint8_t size_ = 0;
  };

  Text name_;
  Text upgrade_;
  Text content_type_;
  Field field_ = Field::Other;
  bool in_value_ = false;
};

}  // namespace meshctl::tap
