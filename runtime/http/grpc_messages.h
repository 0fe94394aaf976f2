#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace meshctl::http {

/// Counts the messages of one direction of a gRPC call by their prefixes, a flag and a length of
/// four bytes (gRPC over HTTP/2, "Length-Prefixed-Message"), cut anywhere. Sans-I/O; messages are
/// passed over by their length.
class GrpcMessages {
 public:
  /// The content of DATA frames, in order.
  void feed(std::string_view content) noexcept;

  /// Messages that are complete.
  [[nodiscard]] std::uint64_t count() const noexcept { return count_; }
  /// Bytes of messages so far, without prefixes, complete or not.
  [[nodiscard]] std::uint64_t payload_bytes() const noexcept { return payload_bytes_; }

 private:
  static constexpr std::size_t kPrefixBytes = 5;

  std::array<std::uint8_t, kPrefixBytes> prefix_{};
  std::uint8_t gathered_ = 0;
  /// Bytes of the message still to come.
  std::uint32_t left_ = 0;
  std::uint64_t count_ = 0;
  std::uint64_t payload_bytes_ = 0;
};

}  // namespace meshctl::http
