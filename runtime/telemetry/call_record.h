#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/base/clock.h"
#include "runtime/base/trace_id.h"

namespace meshctl::telemetry {

/// Why a call failed. `None` is no failure; a 5xx answer is told by the status, which the exporters
/// print as the error type (OpenTelemetry semantic conventions, `error.type`).
enum class ErrorType : std::uint8_t {
  None,
  UpstreamRefused,  ///< nobody listened; an HTTP caller got a 502 from us
  UpstreamTimeout,  ///< the connect, or the answer, did not come in time
  UpstreamReset,    ///< the application reset the connection in mid-call
  UpstreamClosed,   ///< the application closed the connection before the answer was whole
  ClientAbort,      ///< the caller went away before it had its answer
  ProtocolError,    ///< the bytes stopped making sense, so the rest of the call went unread
};

/// What a call was made with.
enum class CallProtocol : std::uint8_t {
  Http10,
  Http11,
  Http2,
  Grpc,  ///< over HTTP/2
};

/// How far a call had come when it ended.
enum class CallPhase : std::uint8_t {
  Connect,   ///< the application had not been reached
  Request,   ///< the request was not whole
  Head,      ///< no answer head had come for the whole request
  Body,      ///< the answer had begun
  Complete,  ///< it was whole
};

/// Codes of gRPC are 0 to 16; whatever is above them is one of these.
inline constexpr std::uint16_t kOtherGrpcStatus = 17;
inline constexpr std::uint16_t kNoGrpcStatus = 18;  ///< none came, or the call is not gRPC

/// What lasts as long as somebody listens: its duration is no response time.
enum class StreamKind : std::uint8_t {
  WebSocket,
  EventStream,  ///< an answer of type text/event-stream
  Grpc,         ///< a gRPC call with more than one message in a direction
  Tunnel,       ///< a CONNECT that was taken, or a 101 to a protocol that is not read
};
inline constexpr int kStreamKinds = 4;

/// The protocols whose messages are counted.
enum class MessageProtocol : std::uint8_t { WebSocket, Grpc };
inline constexpr int kMessageProtocols = 2;

/// Which way something went: from the client, or from the application.
enum class Flow : std::uint8_t { Received, Sent };
inline constexpr int kFlows = 2;

struct StreamRecord;

/// One request and its response, as the tap saw them. The views live as long as the call that hands
/// the record over; who keeps one copies it.
struct CallRecord {
  /// A method of RFC 9110 or 5789, or `_OTHER`.
  std::string_view method;
  /// The path as it was sent: without query, at most 1 KiB, control characters included. `*` and
  /// authority forms stand as they came. Routes are made from it, it is no label itself.
  std::string_view path;
  /// 100 to 999, or 0 when no response head came.
  std::uint16_t status = 0;
  /// Of a gRPC call: 0 to 16, kOtherGrpcStatus, or kNoGrpcStatus.
  std::uint16_t grpc_status = kNoGrpcStatus;
  ErrorType error = ErrorType::None;
  CallPhase phase = CallPhase::Complete;
  CallProtocol protocol = CallProtocol::Http11;
  /// Set where the call is a stream: it counts as a call, but not in the durations of calls.
  std::optional<StreamKind> stream;
  /// First byte of the request. The other three are at or after it; one that did not happen equals
  /// the end of the call.
  Instant request_start;
  Instant request_end;
  Instant response_start;
  Instant response_end;
  /// Body bytes without chunk framing (RFC 9112, 7.1).
  std::uint64_t request_body_bytes = 0;
  std::uint64_t response_body_bytes = 0;
  /// Of a gRPC call: complete messages.
  std::uint64_t request_messages = 0;
  std::uint64_t response_messages = 0;
  /// The sampled trace that the request belongs to, if it said so.
  TraceId trace;

  /// First byte to last.
  Duration duration() const noexcept {
    return (response_end > request_end ? response_end : request_end) - request_start;
  }
  /// Response bytes count from the first: until then the caller waits.
  Duration time_to_first_byte() const noexcept { return response_start - request_start; }
};

/// Takes calls as they end. Called on the loop's thread; must not block.
class CallSink {
 public:
  virtual void on_call(const CallRecord& call) noexcept = 0;
  /// A call began (+1) or left flight (-1): for the number of active requests.
  virtual void on_active_calls(int change) noexcept = 0;
  /// What a call turned to has ended. This and the following need not be told apart by all.
  virtual void on_stream(const StreamRecord&) noexcept {}
  /// A stream began (+1) or left flight (-1); those that are calls, too.
  virtual void on_active_streams(StreamKind, int /*change*/) noexcept {}
  /// Messages that became complete, and payload that came by, live.
  virtual void on_messages(MessageProtocol, Flow, std::uint64_t /*messages*/,
                           std::uint64_t /*bytes*/) noexcept {}

 protected:
  ~CallSink() = default;
};

/// What a connection turned out to speak.
enum class ConnectionProtocol : std::uint8_t {
  Unknown,  ///< no byte came yet
  Http1,
  Http2,
  Tls,          ///< its ClientHello is read, the rest passed on
  WebSocket,    ///< after a 101
  Tunnel,       ///< another protocol after a CONNECT or a 101
  ServerFirst,  ///< opaque, and the application spoke first
  Opaque,
};
inline constexpr int kConnectionProtocols = 8;

/// What a TLS client said of itself. The views live as long as the call that hands it over.
struct TlsClient {
  std::string_view version;      ///< the highest that it offers: `1.3`, ..., `ssl3`, `unknown`
  std::string_view server_name;  ///< as it came, at most 255 bytes; may be empty
  std::string_view alpn;         ///< as it came, at most 64 bytes: `h2,http/1.1`; may be empty
};

/// Why a tap stopped reading along. The bytes are forwarded all the same; the connection counts as
/// opaque from there on.
enum class TapDoubt : std::uint8_t {
  MalformedRequest,    ///< the request parser refused a byte
  MalformedResponse,   ///< the response parser refused a byte
  HeadTooLarge,        ///< a message head beyond 64 KiB
  UnexpectedResponse,  ///< a response that no request asked for
  TooManyPending,      ///< more requests without an answer than the tap remembers
  MalformedWebSocket,  ///< what followed the 101 is no WebSocket frame
  MalformedHello,      ///< what began as TLS is no ClientHello
};
inline constexpr int kTapDoubts = 7;

}  // namespace meshctl::telemetry
