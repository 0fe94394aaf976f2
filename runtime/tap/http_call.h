#pragma once

#include <string>
#include <string_view>

#include "runtime/tap/pending_calls.h"
#include "runtime/telemetry/call_record.h"

namespace meshctl::tap {

/// How a connection ended, seen from the calls that were in flight.
enum class Ending : std::uint8_t {
  ClientWent,      ///< the client closed or reset while it was owed an answer
  UpstreamClosed,  ///< the application closed before the answer was whole
  UpstreamReset,
  UpstreamTimeout,
  UpstreamRefused,  ///< the application was never reached
  TapGaveUp,        ///< the bytes stopped making sense
};

[[nodiscard]] telemetry::ErrorType error_of(Ending ending) noexcept;

/// What a tap makes of its connection after some bytes.
struct Verdict {
  enum class Kind : std::uint8_t {
    Reading,
    Switched,             ///< the rest is another protocol's, after a CONNECT or a 101
    SwitchedToH2,         ///< the rest is HTTP/2, which also answers the request that asked for it
    SwitchedToWebSocket,  ///< the rest is WebSocket frames
    Doubt,
  };
  Kind kind = Kind::Reading;
  /// Set with Doubt.
  telemetry::TapDoubt doubt{};
  /// Set where it switched: how many of the bytes were still HTTP/1.x.
  std::size_t consumed = 0;

  [[nodiscard]] bool is_switch() const noexcept {
    return kind != Kind::Reading && kind != Kind::Doubt;
  }
};

/// Longer paths are cut: routes are made of less, and memory a call stays bounded.
inline constexpr std::size_t kMostPathBytes = 1024;

/// The method as a label (RFC 9110, 9.3 and RFC 5789); others would let a caller make series.
[[nodiscard]] std::string_view method_label(std::string_view method) noexcept;

/// Takes off the query, the fragment and path parameters, and the authority of an absolute form
/// (RFC 9112, 3.2.2), which could carry a password.
void keep_path_only(std::string& path);

/// The call turned out to be a stream.
void begin_stream(PendingCall& call, telemetry::StreamKind kind,
                  telemetry::CallSink& sink) noexcept;
/// The call is no longer in flight, whether it is reported or not.
void leave_flight(const PendingCall& call, telemetry::CallSink& sink) noexcept;

/// The record of a call that is over. Borrows from `call`.
[[nodiscard]] telemetry::CallRecord record_of(const PendingCall& call,
                                              telemetry::ErrorType error) noexcept;

/// The record of a call that the end of its connection cut at `now`. Borrows from `call`, whose
/// missing times it fills in.
[[nodiscard]] telemetry::CallRecord record_of_cut(PendingCall& call, Ending ending,
                                                  Instant now) noexcept;

}  // namespace meshctl::tap
