#pragma once

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/tap/connection_tap.h"
#include "runtime/telemetry/names.h"

namespace meshctl::tap::testing {

/// Writes down what a tap tells, as text: `GET /a 200; stream websocket /ws ...; tls 1.3 a h2;`.
class Notes final : public telemetry::CallSink, public ConnectionSink {
 public:
  void on_call(const telemetry::CallRecord& call) noexcept override {
    text += fmt::format("{} {} {}", call.method, call.path, call.status);
    if (call.stream) text += fmt::format(" {}", name_of(*call.stream));
    if (call.protocol == telemetry::CallProtocol::Grpc)
      text += fmt::format(" messages={}/{}", call.request_messages, call.response_messages);
    if (call.error != telemetry::ErrorType::None) text += fmt::format(" {}", name_of(call.error));
    text += "; ";
    traces.push_back(call.trace.is_set() ? to_string(call.trace) : "");
    CHECK(call.request_start <= call.request_end);
    CHECK(call.request_start <= call.response_start);
    CHECK(call.response_start <= call.response_end);
  }
  void on_active_calls(int change) noexcept override { active_calls += change; }
  void on_stream(const telemetry::StreamRecord& stream) noexcept override {
    text += fmt::format("stream {} {} {} bytes={}/{} messages={}/{} close={}", name_of(stream.kind),
                        stream.path, stream.status, stream.received_bytes, stream.sent_bytes,
                        stream.received_messages, stream.sent_messages, stream.close_code);
    if (stream.error != telemetry::ErrorType::None)
      text += fmt::format(" {}", name_of(stream.error));
    text += "; ";
    CHECK(stream.start <= stream.end);
  }
  void on_active_streams(telemetry::StreamKind, int change) noexcept override {
    active_streams += change;
    most_streams = std::max(most_streams, active_streams);
  }
  void on_messages(telemetry::MessageProtocol, telemetry::Flow flow, std::uint64_t count,
                   std::uint64_t bytes) noexcept override {
    auto& [messages, payload] = flow == telemetry::Flow::Received ? received : sent;
    messages += count;
    payload += bytes;
  }
  void on_protocol(telemetry::ConnectionProtocol protocol) noexcept override {
    text += fmt::format("is {}; ", name_of(protocol));
  }
  void on_doubt(telemetry::TapDoubt doubt) noexcept override {
    text += fmt::format("doubt {}; ", name_of(doubt));
  }
  void on_tls_client(const telemetry::TlsClient& client) noexcept override {
    text += fmt::format("tls {} {} {}; ", client.version, client.server_name, client.alpn);
  }
  void on_server_first(std::string_view service) noexcept override {
    text += fmt::format("server {}; ", service);
  }

  /// Messages and bytes that were told live, `in 1 of 5, out 2 of 9`.
  [[nodiscard]] std::string flows() const {
    return fmt::format("in {} of {}, out {} of {}", received.first, received.second, sent.first,
                       sent.second);
  }

  std::string text;
  std::vector<std::string> traces;
  int active_calls = 0;
  int active_streams = 0;
  int most_streams = 0;
  std::pair<std::uint64_t, std::uint64_t> received;
  std::pair<std::uint64_t, std::uint64_t> sent;
};

enum class From { Client, Server };

/// Some bytes of a conversation, in the order they pass.
struct Part {
  From from = From::Client;
  std::string bytes = {};
};
inline Part client(std::string_view bytes) {
  return {From::Client, std::string(bytes)};
}
inline Part server(std::string_view bytes) {
  return {From::Server, std::string(bytes)};
}

inline Instant at(int milliseconds) {
  return Instant{} + std::chrono::milliseconds(milliseconds);
}

/// Where each part is cut: in two at `first`, or into pieces of `first` bytes.
enum class Cuts { InTwo, IntoPieces };

/// Plays a conversation, then ends it.
inline Notes play(const std::vector<Part>& parts, Cuts cuts, std::size_t first, Ending ending,
                  ProtocolChoice choice = ProtocolChoice::Auto) {
  Notes notes;
  ConnectionTap tap(notes, notes, choice);
  int clock = 0;
  for (const Part& part : parts) {
    std::string_view left = part.bytes;
    for (bool is_first = true; !left.empty(); is_first = false) {
      const bool is_rest = cuts == Cuts::InTwo && !is_first;
      const auto piece = is_rest ? left : left.substr(0, first);
      left.remove_prefix(piece.size());
      if (piece.empty()) continue;
      part.from == From::Client ? tap.on_request_bytes(piece, at(++clock))
                                : tap.on_response_bytes(piece, at(++clock));
    }
  }
  if (ending == Ending::UpstreamClosed) tap.on_response_end(at(++clock));
  tap.end(ending, at(++clock));
  return notes;
}

/// Calls `check(notes)` for every place to cut at.
template <typename Check>
void play_all_cuts(const std::vector<Part>& parts, Ending ending, Check check) {
  std::size_t longest = 0;
  for (const Part& part : parts) longest = std::max(longest, part.bytes.size());
  for (const Cuts cuts : {Cuts::InTwo, Cuts::IntoPieces}) {
    for (std::size_t first = cuts == Cuts::InTwo ? 0 : 1; first <= longest; ++first) {
      CAPTURE(static_cast<int>(cuts));
      CAPTURE(first);
      const auto notes = play(parts, cuts, first, ending);
      CHECK(notes.active_calls == 0);
      CHECK(notes.active_streams == 0);
      check(notes);
    }
  }
}

}  // namespace meshctl::tap::testing
