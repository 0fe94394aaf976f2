#include "runtime/telemetry/access_log.h"

#include <fmt/format.h>

#include <cstddef>

#include "runtime/telemetry/access_time.h"
#include "runtime/telemetry/escape.h"
#include "runtime/telemetry/names.h"
#include "runtime/telemetry/short_text.h"

namespace meshctl::telemetry {
namespace {

void append_text(std::string& out, std::string_view key, std::string_view value) {
  out.append(",\"").append(key).append("\":\"");
  append_json_escaped(out, value);
  out.push_back('"');
}

template <typename Number>
void append_number(std::string& out, std::string_view key, Number value) {
  const fmt::format_int digits(value);
  out.append(",\"").append(key).append("\":").append(digits.data(), digits.size());
}

/// What follows the texts from outside: keys, numbers and names of ours.
using Rest = ShortText<768>;

template <std::size_t Length, typename Number>
void add_number(Rest& rest, const char (&key)[Length], Number value) {
  rest.add(key);
  rest.add_number(value);
}

template <std::size_t Length>
void add_name(Rest& rest, const char (&key)[Length], std::string_view name) {
  rest.add(key);
  rest.add(name);
  rest.add('"');
}

}  // namespace

void append_access_line(std::string& out, const CallRecord& call, std::string_view route,
                        WallTime ended) {
  out.append("{\"time\":\"");
  append_time(out, ended);
  out.push_back('"');
  append_text(out, "http.request.method", call.method);
  append_text(out, "url.path", call.path.substr(0, call.path.find('?')));
  if (!route.empty()) append_text(out, "http.route", route);
  Rest rest;
  if (call.status != 0) add_number(rest, ",\"http.response.status_code\":", call.status);
  const bool is_grpc = call.protocol == CallProtocol::Grpc;
  if (is_grpc) rest.add(",\"rpc.system.name\":\"grpc\"");
  if (call.grpc_status != kNoGrpcStatus)
    add_name(rest, ",\"rpc.response.status_code\":\"", grpc_status_name(call.grpc_status));
  const auto error = is_grpc ? grpc_error_type_of(call.grpc_status, call.error)
                             : error_type_of(call.status, call.error);
  if (!error.empty()) add_name(rest, ",\"error.type\":\"", error);
  add_name(rest, ",\"network.protocol.version\":\"", name_of(call.protocol));
  if (call.stream) add_name(rest, ",\"meshctl.stream\":\"", name_of(*call.stream));
  add_number(rest, ",\"duration_ns\":", call.duration().count());
  if (call.status != 0) add_number(rest, ",\"ttfb_ns\":", call.time_to_first_byte().count());
  add_number(rest, ",\"http.request.body.size\":", call.request_body_bytes);
  add_number(rest, ",\"http.response.body.size\":", call.response_body_bytes);
  if (is_grpc) {
    add_number(rest, ",\"meshctl.received.messages\":", call.request_messages);
    add_number(rest, ",\"meshctl.sent.messages\":", call.response_messages);
  }
  rest.add("}\n");
  out.append(rest.text());
}

void append_stream_line(std::string& out, const StreamRecord& stream, std::string_view route,
                        WallTime ended) {
  out.append("{\"time\":\"");
  append_time(out, ended);
  out.push_back('"');
  append_text(out, "meshctl.stream", name_of(stream.kind));
  append_text(out, "url.path", stream.path);
  if (!route.empty()) append_text(out, "http.route", route);
  if (stream.error != ErrorType::None) append_text(out, "error.type", name_of(stream.error));
  append_number(out, "duration_ns", stream.duration().count());
  append_number(out, "meshctl.received.bytes", stream.received_bytes);
  append_number(out, "meshctl.sent.bytes", stream.sent_bytes);
  if (stream.kind == StreamKind::WebSocket) {
    append_number(out, "meshctl.received.messages", stream.received_messages);
    append_number(out, "meshctl.sent.messages", stream.sent_messages);
    if (stream.close_code != 0)
      append_number(out, "meshctl.websocket.close_code", stream.close_code);
  }
  out.append("}\n");
}

}  // namespace meshctl::telemetry
