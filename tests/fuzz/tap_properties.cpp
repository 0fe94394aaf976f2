#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/tap/connection_tap.h"
#include "runtime/telemetry/names.h"
#include "runtime/telemetry/stream_record.h"
#include "tests/fuzz/wire_properties.h"

namespace meshctl::fuzz {
namespace {

using telemetry::name_of;

/// Writes down all that a tap tells, but for times.
class Notes final : public telemetry::CallSink, public tap::ConnectionSink {
 public:
  void on_call(const telemetry::CallRecord& call) noexcept override {
    text +=
        fmt::format("{} {} {} grpc={} stream={} {} in={}/{} out={}/{}\n", call.method, call.path,
                    call.status, call.grpc_status, call.stream ? name_of(*call.stream) : "",
                    name_of(call.error), call.request_messages, call.request_body_bytes,
                    call.response_messages, call.response_body_bytes);
    if (call.request_end < call.request_start || call.response_start < call.request_start ||
        call.response_end < call.response_start)
      broken = "a call's times run backwards";
    if (call.path.size() > 1024) broken = "a path beyond its bound";
  }
  void on_active_calls(int change) noexcept override {
    active_calls += change;
    if (active_calls < 0) broken = "fewer than no calls in flight";
  }
  void on_stream(const telemetry::StreamRecord& stream) noexcept override {
    text += fmt::format("{} {} {} in={}/{} out={}/{} close={} {}\n", name_of(stream.kind),
                        stream.path, stream.status, stream.received_messages, stream.received_bytes,
                        stream.sent_messages, stream.sent_bytes, stream.close_code,
                        name_of(stream.error));
  }
  void on_active_streams(telemetry::StreamKind, int change) noexcept override {
    active_streams += change;
    if (active_streams < 0) broken = "fewer than no streams in flight";
  }
  void on_messages(telemetry::MessageProtocol, telemetry::Flow flow, std::uint64_t count,
                   std::uint64_t bytes) noexcept override {
    messages[static_cast<std::size_t>(flow)] += count;
    payload[static_cast<std::size_t>(flow)] += bytes;
  }
  void on_protocol(telemetry::ConnectionProtocol protocol) noexcept override {
    text += fmt::format("is {}\n", name_of(protocol));
  }
  void on_doubt(telemetry::TapDoubt doubt) noexcept override {
    text += fmt::format("doubt {}\n", name_of(doubt));
  }
  void on_tls_client(const telemetry::TlsClient& client) noexcept override {
    text += fmt::format("tls {} {} {}\n", client.version, client.server_name, client.alpn);
  }
  void on_server_first(std::string_view service) noexcept override {
    text += fmt::format("server {}\n", service);
  }

  std::string text;
  std::string broken;
  int active_calls = 0;
  int active_streams = 0;
  std::uint64_t messages[2] = {};
  std::uint64_t payload[2] = {};
};

struct Chunk {
  bool is_request = true;
  std::string_view bytes;
};

std::vector<Chunk> chunks_of(std::string_view input) {
  std::vector<Chunk> chunks;
  while (input.size() > 2) {
    const bool is_request = (input[0] & 1) == 0;
    const auto bytes = input.substr(2, static_cast<unsigned char>(input[1]));
    input.remove_prefix(2 + bytes.size());
    if (!bytes.empty()) chunks.push_back({is_request, bytes});
  }
  return chunks;
}

struct Outcome {
  std::string text;
  std::string broken;
};

/// Plays the chunks, none in a piece longer than `most`.
Outcome play(unsigned options, const std::vector<Chunk>& chunks, std::size_t most) {
  const auto choice = static_cast<tap::ProtocolChoice>((options >> 3U) % 4);
  const auto ending = static_cast<tap::Ending>((options & 7U) % 5);
  Notes notes;
  tap::ConnectionTap tap(notes, notes, choice);
  Instant now;
  for (Chunk chunk : chunks) {
    while (!chunk.bytes.empty()) {
      const auto piece = chunk.bytes.substr(0, most);
      chunk.bytes.remove_prefix(piece.size());
      now += std::chrono::milliseconds(1);
      chunk.is_request ? tap.on_request_bytes(piece, now) : tap.on_response_bytes(piece, now);
    }
  }
  if (ending == tap::Ending::UpstreamClosed) tap.on_response_end(now);
  tap.end(ending, now);
  if (notes.active_calls != 0) notes.broken = "calls are left in flight";
  if (notes.active_streams != 0) notes.broken = "streams are left in flight";
  notes.text += fmt::format("messages {}/{} {}/{}", notes.messages[0], notes.payload[0],
                            notes.messages[1], notes.payload[1]);
  return {notes.text, notes.broken};
}

}  // namespace

std::string broken_tap(std::string_view input) {
  if (input.empty()) return "";
  const auto options = static_cast<unsigned>(static_cast<unsigned char>(input.front()));
  const auto chunks = chunks_of(input.substr(1));
  const auto whole = play(options, chunks, 256);
  if (!whole.broken.empty()) return whole.broken;
  for (const std::size_t most : {1U, 2U, 3U, 7U, 23U}) {
    const auto cut = play(options, chunks, most);
    if (!cut.broken.empty()) return cut.broken;
    if (cut.text != whole.text)
      return fmt::format("in pieces of {}: {}\nnot: {}", most, cut.text, whole.text);
  }
  return "";
}

}  // namespace meshctl::fuzz
