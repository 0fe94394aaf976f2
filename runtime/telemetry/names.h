#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "runtime/telemetry/call_record.h"

namespace meshctl::telemetry {

inline constexpr int kErrorTypes = 7;

/// How an answer reads at first sight: [0] there was no head, [1] to [5] the first digit of its
/// status; codes from 600 on are [0] too.
inline constexpr int kStatusClasses = 6;
[[nodiscard]] constexpr std::size_t status_class(std::uint16_t status) noexcept {
  return status < 600 ? status / 100U : 0U;
}

/// Why calls failed, coarse enough for a chart: the error types by their number, [0] 5xx answers
/// without one, and last gRPC's failure codes.
inline constexpr int kFailures = kErrorTypes + 1;

/// The request methods that are labels: those of RFC 9110 and RFC 5789; all else is `_OTHER`
/// (OpenTelemetry semantic conventions, `http.request.method`).
enum class Method : std::uint8_t {
  Get,
  Head,
  Post,
  Put,
  Delete,
  Connect,
  Options,
  Trace,
  Patch,
  Other,
};

/// The method that is spelled exactly so (methods are case-sensitive), or `Other`.
[[nodiscard]] Method method_of(std::string_view text) noexcept;

/// What a value is called in every output; the text lives as long as the program. `None` is "".
[[nodiscard]] std::string_view name_of(Method method) noexcept;
[[nodiscard]] std::string_view name_of(ErrorType error) noexcept;  ///< `upstream_refused`
[[nodiscard]] std::string_view failure_name(
    std::size_t failure) noexcept;  ///< `5xx`, `grpc`, or of the type
[[nodiscard]] std::string_view name_of(CallProtocol protocol) noexcept;  ///< `1.1`; gRPC's is `2`
[[nodiscard]] std::string_view name_of(ConnectionProtocol protocol) noexcept;  ///< `http1`
[[nodiscard]] std::string_view name_of(TapDoubt doubt) noexcept;               ///< `head_too_large`
[[nodiscard]] std::string_view name_of(StreamKind kind) noexcept;              ///< `websocket`
[[nodiscard]] std::string_view name_of(MessageProtocol protocol) noexcept;     ///< `grpc`
[[nodiscard]] std::string_view name_of(Flow flow) noexcept;                    ///< `received`

/// The name of a gRPC status code, `UNAVAILABLE`; `_OTHER` for one that is not defined.
[[nodiscard]] std::string_view grpc_status_name(std::uint16_t code) noexcept;

/// Whether a gRPC status code is the service's failure: UNKNOWN, DEADLINE_EXCEEDED, UNIMPLEMENTED,
/// INTERNAL, UNAVAILABLE, DATA_LOSS (OpenTelemetry semantic conventions, gRPC server spans).
[[nodiscard]] constexpr bool is_grpc_error(std::uint16_t code) noexcept {
  return code == 2 || code == 4 || (code >= 12 && code <= 15);
}

/// A call is an error when its answer is 5xx or when it failed on the way. A caller that went away
/// is not the service's error: it is counted apart, as ErrorType::ClientAbort.
[[nodiscard]] constexpr bool is_error(std::uint16_t status, ErrorType error) noexcept {
  const bool failed = error != ErrorType::None && error != ErrorType::ClientAbort;
  return failed || (status >= 500 && status <= 599);
}

/// The same of a call, with gRPC's codes.
[[nodiscard]] constexpr bool is_error(const CallRecord& call) noexcept {
  return is_error(call.status, call.error) ||
         (call.protocol == CallProtocol::Grpc && is_grpc_error(call.grpc_status));
}

/// Which of the failures a call is, if it is one. A client that went away during a 5xx answer is
/// the latter, as is_error() has it.
[[nodiscard]] constexpr std::optional<std::size_t> failure_of(const CallRecord& call) noexcept {
  const bool is_typed = call.error != ErrorType::None && call.error != ErrorType::ClientAbort;
  if (is_typed) return static_cast<std::size_t>(call.error);
  if (call.status >= 500 && call.status <= 599) return 0;
  if (is_error(call)) return kErrorTypes;
  if (call.error == ErrorType::ClientAbort) return static_cast<std::size_t>(call.error);
  return std::nullopt;
}

/// The `error.type` of a call in every output: why it failed on the way, else the code of a 5xx
/// answer (`503`), else "". A 502 that meshctl made itself reads `upstream_refused`.
[[nodiscard]] std::string_view error_type_of(std::uint16_t status, ErrorType error) noexcept;
/// The same of a gRPC call: the name of its code, unless that is OK.
[[nodiscard]] std::string_view grpc_error_type_of(std::uint16_t code, ErrorType error) noexcept;

}  // namespace meshctl::telemetry
