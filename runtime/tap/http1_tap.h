#pragma once

#include <memory>

#include "runtime/http/http1_parser.h"
#include "runtime/tap/head_watch.h"
#include "runtime/tap/http_call.h"
#include "runtime/tap/trace_watch.h"
#include "runtime/telemetry/call_record.h"

namespace meshctl::tap {

/// Reads along an HTTP/1.x connection: pairs requests with responses, and reports each call as it
/// ends (RFC 9112). A call counts from its complete request head on.
class Http1Tap {
 public:
  explicit Http1Tap(telemetry::CallSink& sink) noexcept;
  Http1Tap(const Http1Tap&) = delete;
  Http1Tap& operator=(const Http1Tap&) = delete;

  /// Bytes of either direction, in the order they passed. After any verdict but Reading, call none
  /// of these again: only end().
  [[nodiscard]] Verdict on_request_bytes(std::string_view bytes, Instant now);
  [[nodiscard]] Verdict on_response_bytes(std::string_view bytes, Instant now);
  /// The application ended its direction in order: a body without a length is whole now.
  void on_response_end(Instant now);

  /// The oldest call that is owed an answer and whose request head is complete; null if there is
  /// none. Valid until the next call of a member.
  [[nodiscard]] const PendingCall* owed_call() noexcept { return answered_call(); }
  /// We answered owed_call() ourselves, for `ending`: it is reported now. After this only end().
  void on_own_answer(std::uint16_t status, std::uint64_t body_bytes, Ending ending, Instant now);

  /// Reports all calls still in flight as failed by `ending`.
  void end(Ending ending, Instant now);
  /// Lets the calls in flight go unreported: how they end is not known here.
  void forget() noexcept;

  /// After SwitchedToH2, the request that HTTP/2 answers; it is not reported here.
  [[nodiscard]] const PendingCall& upgraded_call() noexcept { return calls_.front(); }

  /// After Switched or SwitchedToWebSocket, the call that led there; it is reported already.
  [[nodiscard]] const PendingCall& switched_call() const noexcept { return *switched_; }

  /// The answer that is due next has begun to come.
  [[nodiscard]] bool has_begun_to_answer() noexcept {
    return !calls_.is_empty() && calls_.front().response_begun;
  }

  /// Nobody is owed an answer, and no request is half here: a safe point to close at.
  [[nodiscard]] bool is_idle() const noexcept { return calls_.is_empty(); }

 private:
  struct Requests final : http::Http1Events {
    explicit Requests(Http1Tap& owner) : tap(owner) {}
    void on_message_begin() noexcept override;
    void on_target(std::string_view part) noexcept override;
    void on_header_name(std::string_view part) noexcept override { watch.on_name(part); }
    void on_header_value(std::string_view part) noexcept override { watch.on_value(part); }
    void on_header(std::string_view name, std::string_view value) noexcept override {
      watch.on_field(name, value);
    }
    http::BodyRule on_head(const http::Http1Head& head) noexcept override;
    void on_body(std::uint64_t bytes) noexcept override;
    void on_message_end() noexcept override;
    Http1Tap& tap;
    TraceWatch watch;
  };
  struct Responses final : http::Http1Events {
    explicit Responses(Http1Tap& owner) : tap(owner) {}
    void on_message_begin() noexcept override;
    void on_target(std::string_view) noexcept override {}
    void on_header_name(std::string_view part) noexcept override { watch.on_name(part); }
    void on_header_value(std::string_view part) noexcept override { watch.on_value(part); }
    void on_header(std::string_view name, std::string_view value) noexcept override {
      watch.on_field(name, value);
    }
    http::BodyRule on_head(const http::Http1Head& head) noexcept override;
    void on_body(std::uint64_t bytes) noexcept override;
    void on_message_end() noexcept override;
    Http1Tap& tap;
    HeadWatch watch;
  };

  [[nodiscard]] Verdict doubt_of(http::Http1Parser::Status status,
                                 telemetry::TapDoubt malformed) const;
  /// The call that the response at hand answers; null when none is owed one.
  [[nodiscard]] PendingCall* answered_call() noexcept;
  void report_if_done() noexcept;
  void report(const PendingCall& call, telemetry::ErrorType error) noexcept;

  telemetry::CallSink& sink_;
  Requests requests_{*this};
  Responses responses_{*this};
  http::Http1Parser request_parser_{http::Http1Parser::Reads::Requests,
                                    http::Http1Parser::Headers::Told, requests_};
  http::Http1Parser response_parser_{http::Http1Parser::Reads::Responses,
                                     http::Http1Parser::Headers::Told, responses_};
  PendingCalls calls_;
  std::unique_ptr<PendingCall> switched_;
  Instant now_;
  /// The newest request's head is not complete: it is no call yet.
  bool head_is_open_ = false;
  /// An informational response (1xx) is passing: its end is not the answer's end.
  bool is_interim_ = false;
  bool is_h2c_ = false;
  bool is_websocket_ = false;
  bool unexpected_response_ = false;
  bool too_many_pending_ = false;
  /// A CONNECT waits for its answer; what follows it may be anything.
  bool awaits_tunnel_ = false;
};

}  // namespace meshctl::tap
