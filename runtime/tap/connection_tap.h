#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "runtime/http/client_hello.h"
#include "runtime/tap/http1_tap.h"
#include "runtime/tap/http2_tap.h"
#include "runtime/tap/tunnel_tap.h"
#include "runtime/telemetry/call_record.h"

namespace meshctl::tap {

/// Hears what a connection turned out to be.
class ConnectionSink {
 public:
  /// The protocol became known. Comes once, and once more if HTTP/1.x turns to another one.
  virtual void on_protocol(telemetry::ConnectionProtocol protocol) noexcept = 0;
  virtual void on_doubt(telemetry::TapDoubt doubt) noexcept = 0;
  /// After on_protocol(Tls). The views last for the call.
  virtual void on_tls_client(const telemetry::TlsClient&) noexcept {}
  /// After on_protocol(ServerFirst), once: what the greeting looks like, `ssh` or `unknown`.
  virtual void on_server_first(std::string_view /*service*/) noexcept {}

 protected:
  ~ConnectionSink() = default;
};

/// What the operator said that connections speak (`--protocol`).
enum class ProtocolChoice : std::uint8_t {
  Auto,   ///< told from the first bytes
  Http,   ///< HTTP/1.x without a look
  Http2,  ///< HTTP/2 with prior knowledge, without a look
  Tcp,    ///< opaque without a look
};

/// The passive observer of one connection pair: told of each byte after it was forwarded, it never
/// holds one up, and on the first doubt it stops reading. Time comes in with the bytes.
class ConnectionTap {
 public:
  ConnectionTap(telemetry::CallSink& calls, ConnectionSink& connections,
                ProtocolChoice choice) noexcept;
  ConnectionTap(const ConnectionTap&) = delete;
  ConnectionTap& operator=(const ConnectionTap&) = delete;

  /// Bytes from the client, and from the application, in the order they passed. Never empty.
  void on_request_bytes(std::string_view bytes, Instant now);
  void on_response_bytes(std::string_view bytes, Instant now);
  /// The client ended its direction. One that does so at the same time as the application comes
  /// first.
  void on_request_end() noexcept;
  /// The application ended its direction in order.
  void on_response_end(Instant now);
  /// See Http1Tap::owed_call() and on_own_answer(); without HTTP there is none.
  [[nodiscard]] const PendingCall* owed_call() noexcept;
  void on_own_answer(std::uint16_t status, std::uint64_t body_bytes, Ending ending, Instant now);
  /// The pair ends; calls still in flight failed for this reason. Last call.
  void end(Ending ending, Instant now);

  [[nodiscard]] telemetry::ConnectionProtocol protocol() const noexcept { return protocol_; }
  /// A safe point to close at: the tap reads HTTP, and nobody is owed an answer; or nothing came
  /// yet.
  [[nodiscard]] bool is_idle() const noexcept;

 private:
  void settle(telemetry::ConnectionProtocol protocol) noexcept;
  void obey(const Verdict& verdict, Instant now);
  void start_http1();
  void start_http2();
  void start_tls(std::string_view first, std::string_view bytes);
  void start_server_first();
  void switch_over(Verdict::Kind kind, Instant now);
  void on_first_request_bytes(std::string_view bytes, Instant now);
  void on_first_response_bytes(std::string_view bytes, Instant now);
  void on_hello_bytes(std::string_view bytes);
  void on_greeting(std::string_view bytes);

  telemetry::CallSink& calls_;
  ConnectionSink& connections_;
  telemetry::ConnectionProtocol protocol_ = telemetry::ConnectionProtocol::Unknown;
  /// Client bytes that are the beginning of more than one protocol, at most 18.
  std::string undecided_;
  /// Bytes of a server that spoke first: at most 9 while the protocol is open, then as many as it
  /// takes to name it (http::kMostBannerBytes).
  std::string undecided_response_;
  Instant first_byte_;
  /// Present while, and only while, protocol_ is Http1: a connection without a byte costs little.
  std::unique_ptr<Http1Tap> http1_;
  /// Likewise while it is Http2.
  std::unique_ptr<Http2Tap> http2_;
  /// Present from a switch of HTTP/1.x to the end.
  std::unique_ptr<TunnelTap> tunnel_;
  /// Present while a ClientHello is incomplete.
  std::unique_ptr<http::ClientHelloReader> hello_;
  bool is_naming_server_ = false;
  /// Of the side that ended its direction first.
  std::optional<Ending> first_end_;
};

}  // namespace meshctl::tap
