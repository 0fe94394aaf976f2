#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/telemetry/call_record.h"

namespace meshctl::tap {

/// A call in flight: what is known of it so far.
struct PendingCall {
  std::string_view method;
  std::string path;
  telemetry::CallProtocol protocol = telemetry::CallProtocol::Http11;
  std::uint16_t status = 0;
  std::uint16_t grpc_status = telemetry::kNoGrpcStatus;
  /// Set as soon as the call is known to be one.
  std::optional<telemetry::StreamKind> stream;
  bool request_done = false;
  bool response_begun = false;
  bool response_done = false;
  Instant request_start;
  Instant request_end;
  Instant response_start;
  Instant response_end;
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  std::uint64_t request_messages = 0;  ///< of gRPC
  std::uint64_t response_messages = 0;
  TraceId trace;
};

/// The calls of one connection whose requests came and whose answers are due, oldest first:
/// HTTP/1.1 answers pipelined requests in their order (RFC 9112, 9.3.2). Slots are used again, with
/// the memory of their paths, so a connection that has warmed up allocates nothing.
class PendingCalls {
 public:
  [[nodiscard]] bool is_empty() const noexcept { return count_ == 0; }
  [[nodiscard]] bool is_full() const noexcept { return count_ == kMost; }

  /// Adds a call at the back, cleared. Must not be full.
  PendingCall& add();
  /// The oldest and the newest. Must not be empty.
  [[nodiscard]] PendingCall& front() noexcept { return slots_[first_]; }
  [[nodiscard]] PendingCall& back() noexcept;
  /// Removes the oldest or the newest.
  void pop_front() noexcept;
  void pop_back() noexcept;

  /// Chosen: clients that pipeline send tens. Beyond it the connection is forwarded unread.
  static constexpr std::size_t kMost = 1024;

 private:
  void grow();
  /// Where the call is that came `behind` others. A mask, for a division takes as long as a header.
  [[nodiscard]] std::size_t slot(std::size_t behind) const noexcept {
    return (first_ + behind) & (slots_.size() - 1);
  }

  /// A ring: `count_` calls from `first_` on. Its size is a power of two.
  std::vector<PendingCall> slots_;
  std::uint32_t first_ = 0;
  std::uint32_t count_ = 0;
};

}  // namespace meshctl::tap
