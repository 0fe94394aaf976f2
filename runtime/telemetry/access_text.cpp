#include <fmt/format.h>

#include <cstdint>
#include <iterator>

#include "runtime/telemetry/access_log.h"
#include "runtime/telemetry/access_time.h"
#include "runtime/telemetry/escape.h"
#include "runtime/telemetry/names.h"
#include "runtime/telemetry/short_text.h"

namespace meshctl::telemetry {
namespace {

char who_ended(ErrorType error) noexcept {
  switch (error) {
    case ErrorType::None: return '-';
    case ErrorType::ClientAbort: return 'C';
    case ErrorType::UpstreamRefused:
    case ErrorType::UpstreamReset:
    case ErrorType::UpstreamClosed: return 'S';
    case ErrorType::UpstreamTimeout: return 's';
    case ErrorType::ProtocolError: return 'P';
  }
  return '-';
}

char phase_letter(CallPhase phase) noexcept {
  switch (phase) {
    case CallPhase::Connect: return 'C';
    case CallPhase::Request: return 'R';
    case CallPhase::Head: return 'H';
    case CallPhase::Body: return 'D';
    case CallPhase::Complete: return '-';
  }
  return '-';
}

template <typename Number>
void append_number(std::string& out, Number value) {
  const fmt::format_int digits(value);
  out.append(digits.data(), digits.size());
  out.push_back(' ');
}

/// Milliseconds with six decimals: exact to the nanosecond.
void append_milliseconds(std::string& out, Duration duration) {
  const auto nanoseconds = duration.count() < 0 ? 0 : duration.count();
  ShortText<32> text;
  text.add_number(nanoseconds / 1'000'000);
  text.add('.');
  text.add_padded<6>(nanoseconds % 1'000'000);
  text.add(' ');
  out.append(text.text());
}

void append_word(std::string& out, std::string_view word) {
  if (word.empty()) {
    out.push_back('-');
  } else {
    append_ascii_escaped(out, word);
  }
}

/// `TIME FLAGS STATUS `.
void append_begin(std::string& out, WallTime ended, std::array<char, 2> flags,
                  std::uint16_t status) {
  append_time(out, ended);
  out.push_back(' ');
  out.append(flags.data(), flags.size());
  out.push_back(' ');
  if (status == 0) {
    out.append("- ");
  } else {
    append_number(out, status);
  }
}

/// ` ROUTE ERROR` and the line end.
void append_end(std::string& out, std::string_view route, std::string_view error) {
  out.push_back(' ');
  append_word(out, route);
  out.push_back(' ');
  append_word(out, error);
  out.push_back('\n');
}

}  // namespace

std::array<char, 2> termination_flags(ErrorType error, CallPhase phase) noexcept {
  // An answer that came whole before its request did is a good one, whatever came after.
  if (error == ErrorType::None) return {'-', '-'};
  return {who_ended(error), phase_letter(phase)};
}

void append_access_text(std::string& out, const CallRecord& call, std::string_view route,
                        WallTime ended) {
  append_begin(out, ended, termination_flags(call.error, call.phase), call.status);
  append_milliseconds(out, call.duration());
  if (call.status == 0) {
    out.append("- ");
  } else {
    append_milliseconds(out, call.time_to_first_byte());
  }
  append_number(out, call.request_body_bytes);
  append_number(out, call.response_body_bytes);
  out.append("\"").append(call.method).push_back(' ');
  append_ascii_escaped(out, call.path.substr(0, call.path.find('?')));
  out.append(" HTTP/").append(name_of(call.protocol)).push_back('"');
  const bool is_grpc = call.protocol == CallProtocol::Grpc;
  append_end(out, route,
             is_grpc ? grpc_error_type_of(call.grpc_status, call.error)
                     : error_type_of(call.status, call.error));
}

void append_stream_text(std::string& out, const StreamRecord& stream, std::string_view route,
                        WallTime ended) {
  append_begin(out, ended, termination_flags(stream.error, CallPhase::Body), stream.status);
  append_milliseconds(out, stream.duration());
  out.append("- ");
  append_number(out, stream.received_bytes);
  append_number(out, stream.sent_bytes);
  out.append("\"").append(name_of(stream.kind)).push_back(' ');
  append_ascii_escaped(out, stream.path.substr(0, stream.path.find('?')));
  out.append(" -\"");
  append_end(out, route, name_of(stream.error));
}

}  // namespace meshctl::telemetry
