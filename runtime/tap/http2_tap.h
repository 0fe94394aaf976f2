#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/http/grpc_messages.h"
#include "runtime/http/http2_parser.h"
#include "runtime/tap/http_call.h"

namespace meshctl::tap {

/// Reads along an HTTP/2 connection: each stream that a client opens is a call (RFC 9113, 5), and a
/// gRPC call if its content type says so. A pushed response is none, nor is a stream that the
/// service says it has not processed (RFC 9113, 8.7).
class Http2Tap {
 public:
  explicit Http2Tap(telemetry::CallSink& sink);
  ~Http2Tap();
  Http2Tap(const Http2Tap&) = delete;
  Http2Tap& operator=(const Http2Tap&) = delete;

  /// The request that was upgraded (`Upgrade: h2c`, RFC 7540, 3.2): it is answered as stream 1.
  void adopt(const PendingCall& upgraded);

  /// Bytes of either direction, in the order they passed. After any verdict but Reading, call none
  /// of these again: only end() or forget().
  [[nodiscard]] Verdict on_request_bytes(std::string_view bytes, Instant now);
  [[nodiscard]] Verdict on_response_bytes(std::string_view bytes, Instant now);

  /// Reports all calls still in flight as failed by `ending`.
  void end(Ending ending, Instant now);
  /// Lets the calls in flight go unreported: how they end is not known here.
  void forget() noexcept;

  /// Nobody is owed an answer: a safe point to close at.
  [[nodiscard]] bool is_idle() const noexcept { return calls_.empty(); }

  /// Chosen: ten times what servers allow at once (SETTINGS_MAX_CONCURRENT_STREAMS of 100 and so).
  /// Beyond it the connection is forwarded unread.
  static constexpr std::size_t kMostStreams = 1024;

 private:
  struct Call {
    std::uint32_t stream = 0;
    bool head_is_open = true;  ///< no call yet
    bool is_grpc = false;
    bool has_grpc_status = false;
    bool is_websocket = false;  ///< asked for by `:protocol` (RFC 8441, 4)
    http::GrpcMessages request_messages;
    http::GrpcMessages response_messages;
    PendingCall call;
  };
  class Direction;
  class Requests;
  class Responses;

  [[nodiscard]] Call* find(std::uint32_t stream) noexcept;
  /// The same, if its request's head is complete: before that, nothing can be an answer.
  [[nodiscard]] Call* find_asked(std::uint32_t stream) noexcept;
  Call& add(std::uint32_t stream);
  void remove(Call& call) noexcept;
  void report_if_done(Call& call) noexcept;
  void count_messages(Call& call, telemetry::Flow flow, std::string_view content) noexcept;
  void on_reset(std::uint32_t stream, Ending ending) noexcept;
  /// The service says that it has not begun with the call, so that it may be made again: it is
  /// none.
  void on_refusal(Call& call) noexcept;
  void on_refusal_above(std::uint32_t last_stream) noexcept;
  [[nodiscard]] Verdict verdict_of(http::Http2Parser::Status status,
                                   telemetry::TapDoubt malformed) const noexcept;

  telemetry::CallSink& sink_;
  std::unique_ptr<Requests> requests_;
  std::unique_ptr<Responses> responses_;
  Instant now_;
  /// By rising stream. Few at a time, and new ones are the highest.
  std::vector<std::unique_ptr<Call>> calls_;
  /// Calls that are over, to be used again with the memory of their paths.
  std::vector<std::unique_ptr<Call>> spare_;
  std::uint32_t last_stream_ = 0;
  /// The service takes no stream above.
  std::uint32_t most_stream_ = UINT32_MAX;
  bool too_many_ = false;
};

}  // namespace meshctl::tap
