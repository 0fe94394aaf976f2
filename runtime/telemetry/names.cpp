#include "runtime/telemetry/names.h"

#include <array>
#include <cstddef>

namespace meshctl::telemetry {
namespace {

/// "500501...599"
constexpr auto kServerErrorCodes = [] {
  std::array<char, 300> digits{};
  for (std::size_t i = 0; i < 100; ++i) {
    digits[3 * i] = '5';
    digits[3 * i + 1] = static_cast<char>('0' + i / 10);
    digits[3 * i + 2] = static_cast<char>('0' + i % 10);
  }
  return digits;
}();

}  // namespace

Method method_of(std::string_view text) noexcept {
  if (text == "GET") return Method::Get;
  if (text == "POST") return Method::Post;
  if (text == "PUT") return Method::Put;
  if (text == "HEAD") return Method::Head;
  if (text == "DELETE") return Method::Delete;
  if (text == "PATCH") return Method::Patch;
  if (text == "OPTIONS") return Method::Options;
  if (text == "CONNECT") return Method::Connect;
  if (text == "TRACE") return Method::Trace;
  return Method::Other;
}

std::string_view name_of(Method method) noexcept {
  switch (method) {
    case Method::Get: return "GET";
    case Method::Head: return "HEAD";
    case Method::Post: return "POST";
    case Method::Put: return "PUT";
    case Method::Delete: return "DELETE";
    case Method::Connect: return "CONNECT";
    case Method::Options: return "OPTIONS";
    case Method::Trace: return "TRACE";
    case Method::Patch: return "PATCH";
    case Method::Other: return "_OTHER";
  }
  return {};
}

std::string_view name_of(ErrorType error) noexcept {
  switch (error) {
    case ErrorType::None: return "";
    case ErrorType::UpstreamRefused: return "upstream_refused";
    case ErrorType::UpstreamTimeout: return "upstream_timeout";
    case ErrorType::UpstreamReset: return "upstream_reset";
    case ErrorType::UpstreamClosed: return "upstream_closed";
    case ErrorType::ClientAbort: return "client_abort";
    case ErrorType::ProtocolError: return "protocol_error";
  }
  return {};
}

std::string_view failure_name(std::size_t failure) noexcept {
  if (failure == 0) return "5xx";
  if (failure == kErrorTypes) return "grpc";
  return name_of(static_cast<ErrorType>(failure));
}

std::string_view name_of(CallProtocol protocol) noexcept {
  switch (protocol) {
    case CallProtocol::Http10: return "1.0";
    case CallProtocol::Http11: return "1.1";
    case CallProtocol::Http2:
    case CallProtocol::Grpc: return "2";
  }
  return {};
}

std::string_view name_of(ConnectionProtocol protocol) noexcept {
  switch (protocol) {
    case ConnectionProtocol::Unknown: return "unknown";
    case ConnectionProtocol::Http1: return "http1";
    case ConnectionProtocol::Http2: return "http2";
    case ConnectionProtocol::Tls: return "tls";
    case ConnectionProtocol::WebSocket: return "websocket";
    case ConnectionProtocol::Tunnel: return "tunnel";
    case ConnectionProtocol::ServerFirst: return "server_first";
    case ConnectionProtocol::Opaque: return "opaque";
  }
  return {};
}

std::string_view name_of(TapDoubt doubt) noexcept {
  switch (doubt) {
    case TapDoubt::MalformedRequest: return "malformed_request";
    case TapDoubt::MalformedResponse: return "malformed_response";
    case TapDoubt::HeadTooLarge: return "head_too_large";
    case TapDoubt::UnexpectedResponse: return "unexpected_response";
    case TapDoubt::TooManyPending: return "too_many_pending";
    case TapDoubt::MalformedWebSocket: return "malformed_websocket";
    case TapDoubt::MalformedHello: return "malformed_hello";
  }
  return {};
}

std::string_view name_of(StreamKind kind) noexcept {
  switch (kind) {
    case StreamKind::WebSocket: return "websocket";
    case StreamKind::EventStream: return "event_stream";
    case StreamKind::Grpc: return "grpc";
    case StreamKind::Tunnel: return "tunnel";
  }
  return {};
}

std::string_view name_of(MessageProtocol protocol) noexcept {
  switch (protocol) {
    case MessageProtocol::WebSocket: return "websocket";
    case MessageProtocol::Grpc: return "grpc";
  }
  return {};
}

std::string_view name_of(Flow flow) noexcept {
  switch (flow) {
    case Flow::Received: return "received";
    case Flow::Sent: return "sent";
  }
  return {};
}

std::string_view grpc_status_name(std::uint16_t code) noexcept {
  // grpc.io, "Status codes and their use in gRPC"
  constexpr std::array<std::string_view, 17> kNames{"OK",
                                                    "CANCELLED",
                                                    "UNKNOWN",
                                                    "INVALID_ARGUMENT",
                                                    "DEADLINE_EXCEEDED",
                                                    "NOT_FOUND",
                                                    "ALREADY_EXISTS",
                                                    "PERMISSION_DENIED",
                                                    "RESOURCE_EXHAUSTED",
                                                    "FAILED_PRECONDITION",
                                                    "ABORTED",
                                                    "OUT_OF_RANGE",
                                                    "UNIMPLEMENTED",
                                                    "INTERNAL",
                                                    "UNAVAILABLE",
                                                    "DATA_LOSS",
                                                    "UNAUTHENTICATED"};
  return code < kNames.size() ? kNames[code] : "_OTHER";
}

std::string_view grpc_error_type_of(std::uint16_t code, ErrorType error) noexcept {
  if (error != ErrorType::None) return name_of(error);
  return code == 0 || code == kNoGrpcStatus ? "" : grpc_status_name(code);
}

std::string_view error_type_of(std::uint16_t status, ErrorType error) noexcept {
  if (error != ErrorType::None) return name_of(error);
  if (status < 500 || status > 599) return "";
  return {kServerErrorCodes.data() + 3 * std::size_t{status - 500U}, 3};
}

}  // namespace meshctl::telemetry
