#include <doctest/doctest.h>

#include <string>

#include "tests/runtime/http/hellos.h"
#include "tests/runtime/http/http2_frames.h"
#include "tests/runtime/tap/conversation.h"

namespace meshctl::tap {
namespace {

using namespace std::string_literals;
using namespace testing;
namespace h2 = http::testing;

const std::string kAskWebSocket =
    "GET /ws?t=1 HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const std::string kTakeWebSocket =
    "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUPGRADE: WebSocket\r\n\r\n";
const std::string kClientText = "\x81\x83mmmmabc";
const std::string kServerText = "\x81\x02hi";
const std::string kServerClose = "\x88\x02\x03\xe8";
const std::string kClientClose = "\x88\x82"s + "\0\0\0\0\x03\xe9"s;

const std::string kAskEvents = "GET /events HTTP/1.1\r\n\r\n";
const std::string kEvents =
    "HTTP/1.1 200 OK\r\nCONTENT-Type: Text/Event-Stream; charset=utf-8\r\nTransfer-Encoding: "
    "chunked\r\n\r\n5\r\ndata:\r\n";

struct Row {
  const char* name;
  std::vector<Part> parts;
  std::string want;
  Ending ending = Ending::ClientWent;
  std::string flows = "in 0 of 0, out 0 of 0";
};

void check(const Row& row) {
  CAPTURE(row.name);
  play_all_cuts(row.parts, row.ending, [&](const Notes& notes) {
    CHECK(notes.text == row.want);
    CHECK(notes.flows() == row.flows);
    CHECK(notes.most_streams <= 1);
  });
}

TEST_CASE("a WebSocket is a call, then a stream with its messages, wherever the reads are cut") {
  const std::string opened = "is http1; GET /ws 101; is websocket; ";
  const std::string stream = "stream websocket /ws 101 ";
  const Row rows[] = {
      {"closed by the server",
       {client(kAskWebSocket), server(kTakeWebSocket + kServerText), client(kClientText),
        server(kServerText + kServerClose), client(kClientClose)},
       opened + stream + "bytes=3/4 messages=1/2 close=1000; ",
       Ending::UpstreamClosed,
       "in 1 of 3, out 2 of 4"},
      {"closed by the client",
       {client(kAskWebSocket), server(kTakeWebSocket), client(kClientClose)},
       opened + stream + "bytes=0/0 messages=0/0 close=1001; "},
      {"left without a close",
       {client(kAskWebSocket), server(kTakeWebSocket), client(kClientText)},
       opened + stream + "bytes=3/0 messages=1/0 close=0 client_abort; ",
       Ending::ClientWent,
       "in 1 of 3, out 0 of 0"},
      {"reset",
       {client(kAskWebSocket), server(kTakeWebSocket)},
       opened + stream + "bytes=0/0 messages=0/0 close=0 upstream_reset; ",
       Ending::UpstreamReset},
      {"what is no frame",
       {client(kAskWebSocket), server(kTakeWebSocket + kServerText), client("\x81\x01z"),
        server(kServerText)},
       opened + "doubt malformed_websocket; " + stream + "bytes=0/2 messages=0/1 close=0; ",
       Ending::ClientWent,
       "in 0 of 0, out 1 of 2"},
      {"declined",
       {client(kAskWebSocket), server("HTTP/1.1 400 B\r\nContent-Length: 0\r\n\r\n")},
       "is http1; GET /ws 400; "},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("a tunnel is a call, then a stream of bytes") {
  const Row rows[] = {
      {"a CONNECT that is taken",
       {client("CONNECT h:443 HTTP/1.1\r\n\r\n"), server("HTTP/1.1 200 OK\r\n\r\nab"),
        client("\x16\x03\x01")},
       "is http1; CONNECT h:443 200; is tunnel; stream tunnel h:443 200 bytes=3/2 messages=0/0 "
       "close=0; "},
      {"another protocol",
       {client("GET /x HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket2\r\n\r\n"),
        server("HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket2\r\n\r\n"),
        client("abc")},
       "is http1; GET /x 101; is tunnel; stream tunnel /x 101 bytes=3/0 messages=0/0 close=0; ",
       Ending::UpstreamClosed},
      {"reset",
       {client("CONNECT h:443 HTTP/1.1\r\n\r\n"), server("HTTP/1.1 200 OK\r\n\r\n")},
       "is http1; CONNECT h:443 200; is tunnel; stream tunnel h:443 200 bytes=0/0 messages=0/0 "
       "close=0 upstream_reset; ",
       Ending::UpstreamReset},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("server-sent events are a call that is a stream") {
  const Row rows[] = {
      {"ended by the server",
       {client(kAskEvents), server(kEvents + "0\r\n\r\n")},
       "is http1; GET /events 200 event_stream; "},
      {"the client has had enough",
       {client(kAskEvents), server(kEvents)},
       "is http1; GET /events 200 event_stream; "},
      {"the server breaks off",
       {client(kAskEvents), server(kEvents)},
       "is http1; GET /events 200 event_stream upstream_reset; ",
       Ending::UpstreamReset},
      {"the next answer is none",
       {client(kAskEvents), server(kEvents + "0\r\n\r\n"), client("GET /a HTTP/1.1\r\n\r\n"),
        server("HTTP/1.1 200 OK\r\nContent-Type: text/event-streams\r\nContent-Length: 0\r\n\r\n")},
       "is http1; GET /events 200 event_stream; GET /a 200; "},
      {"an error is an answer",
       {client(kAskEvents),
        server("HTTP/1.1 503 S\r\nContent-Type: text/event-stream\r\nContent-Length: 0\r\n\r\n")},
       "is http1; GET /events 503; "},
      {"no content comes to a HEAD",
       {client("HEAD /events HTTP/1.1\r\n\r\n"),
        server("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n")},
       "is http1; HEAD /events 200; "},
  };
  for (const Row& row : rows) check(row);
}

std::string h2_call(std::uint32_t stream, std::string_view method, std::string_view path,
                    std::string_view more = {}, std::uint8_t flags = 0) {
  return h2::headers(
      stream, h2::field(":method", method) + h2::field(":path", path) + std::string(more), flags);
}

const std::string kHello = std::string(h2::kPreface) + h2::settings();
const std::string kGrpcType = h2::field("content-type", "application/grpc+proto");
const std::string kGrpcHead = h2::headers(1, h2::field(":status", "200") + kGrpcType);
const std::string kOk = h2::headers(1, h2::field("grpc-status", "0"), h2::kEndStream);
const std::string kMessage = "\0\0\0\0\x02hi"s;

TEST_CASE("streams of HTTP/2 are told apart from its calls") {
  const auto grpc = kHello + h2_call(1, "POST", "/p.S/M", kGrpcType);
  const auto message = h2::data(1, kMessage, h2::kEndStream);
  const Row rows[] = {
      {"a unary gRPC call",
       {client(grpc + message), server(kGrpcHead + h2::data(1, kMessage) + kOk)},
       "is http2; POST /p.S/M 200 messages=1/1; ",
       Ending::ClientWent,
       "in 1 of 2, out 1 of 2"},
      {"a server that streams",
       {client(grpc + message), server(kGrpcHead + h2::data(1, kMessage + kMessage.substr(0, 3)) +
                                       h2::data(1, kMessage.substr(3) + kMessage) + kOk)},
       "is http2; POST /p.S/M 200 grpc messages=1/3; ",
       Ending::ClientWent,
       "in 1 of 2, out 3 of 6"},
      {"a client that streams",
       {client(grpc + h2::data(1, kMessage) + message), server(kGrpcHead + kOk)},
       "is http2; POST /p.S/M 200 grpc messages=2/0; ",
       Ending::ClientWent,
       "in 2 of 4, out 0 of 0"},
      {"a stream that the client cancels",
       {client(grpc + message), server(kGrpcHead + h2::data(1, kMessage + kMessage)),
        client(h2::rst_stream(1, 8))},
       "is http2; POST /p.S/M 200 grpc messages=1/2 client_abort; ",
       Ending::ClientWent,
       "in 1 of 2, out 2 of 4"},
      {"server-sent events",
       {client(kHello + h2_call(1, "GET", "/e", {}, h2::kEndStream)),
        server(h2::headers(1, h2::field(":status", "200") +
                                  h2::field("content-type", "text/event-stream")) +
               h2::data(1, "data:")),
        client(h2::rst_stream(1, 8))},
       "is http2; GET /e 200 event_stream; "},
      {"a CONNECT",
       {client(kHello + h2_call(1, "CONNECT", "")),
        server(h2::headers(1, h2::field(":status", "200")) + h2::data(1, "x"))},
       "is http2; CONNECT  200 tunnel; "},
      {"a CONNECT that is declined",
       {client(kHello + h2_call(1, "CONNECT", "", {}, h2::kEndStream)),
        server(h2::headers(1, h2::field(":status", "403"), h2::kEndStream))},
       "is http2; CONNECT  403; "},
      {"a WebSocket",
       {client(kHello + h2_call(1, "CONNECT", "/ws", h2::field(":protocol", "websocket"))),
        server(h2::headers(1, h2::field(":status", "200")))},
       "is http2; CONNECT /ws 200 websocket; "},
      {"an answer before the request's head is whole",
       {client(kHello + h2::frame(1, 0, 1, kGrpcType)),
        server(kGrpcHead + h2::data(1, kMessage + kMessage))},
       "is http2; "},
      {"content without a head",
       {client(kHello + h2_call(1, "GET", "/a", {}, h2::kEndStream)),
        server(h2::data(1, "x", h2::kEndStream))},
       "is http2; GET /a 0; "},
      {"a stream that is reset before its head is whole",
       {client(kHello + h2::frame(1, 0, 1, h2::field(":method", "GET"))),
        server(h2::rst_stream(1, 1)),
        client(h2::frame(9, h2::kEndHeaders, 1, h2::field(":path", "/a")))},
       "is http2; "},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("TLS is told from its first record, and its client from the hello") {
  const auto hello = http::testing::records(
      http::testing::handshake(http::testing::hello_body(
          http::testing::server_name("a.example") + http::testing::alpn("h2", "http/1.1") +
          http::testing::supported_versions("\x03\x04"))),
      40);
  const Row rows[] = {
      {"a hello",
       {client(hello), server("\x16\x03\x03...")},
       "is tls; tls 1.3 a.example h2,http/1.1; "},
      {"half a hello", {client(hello.substr(0, 50))}, "is tls; "},
      {"no hello", {client("\x16\x03\x01\x00\x01\x02"s)}, "is tls; doubt malformed_hello; "},
      {"a hello beyond the limit",
       {client("\x16\x03\x01\x00\x04\x01\x00\x50\x00"s), server("x"), client("y")},
       "is tls; doubt head_too_large; "},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("a service that speaks first is named once") {
  const Row rows[] = {
      {"SSH", {server("SSH-2.0-x\r\n"), client("SSH-2.0-y\r\n")}, "is server_first; server ssh; "},
      {"SSH, the client a little sooner",
       {client("SSH-2.0-y\r\n"), server("SSH-2.0-x\r\n"), client("\x01\x02")},
       "is server_first; server ssh; "},
      {"SMTP",
       {server("220 mail ESMTP\r\n"), client("EHLO x\r\n"), server("250 ok\r\n")},
       "is server_first; server smtp; "},
      {"nobody knows",
       {server("hello"), client("x"), server("more")},
       "is server_first; server unknown; "},
      {"half a greeting", {server("220 ma"), client("x")}, "is server_first; server unknown; "},
  };
  for (const Row& row : rows) check(row);
}

TEST_CASE("a client that ended its direction first has gone, unless it takes an answer") {
  struct EndRow {
    const char* name;
    std::vector<Part> parts;
    std::string want;
  };
  const EndRow rows[] = {
      {"HTTP/1.x", {client("GET /a HTTP/1.1\r\n\r\n")}, "is http1; GET /a 0 client_abort; "},
      {"HTTP/1.x, and the answer has begun",
       {client("GET /a HTTP/1.1\r\n\r\n"), server("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")},
       "is http1; GET /a 200 upstream_closed; "},
      {"HTTP/2",
       {client(kHello + h2_call(1, "GET", "/a", {}, h2::kEndStream))},
       "is http2; GET /a 0 client_abort; "},
      {"a WebSocket",
       {client(kAskWebSocket), server(kTakeWebSocket)},
       "is http1; GET /ws 101; is websocket; stream websocket /ws 101 bytes=0/0 messages=0/0 "
       "close=0 client_abort; "},
  };
  for (const EndRow& row : rows) {
    CAPTURE(row.name);
    Notes notes;
    ConnectionTap tap(notes, notes, ProtocolChoice::Auto);
    for (const Part& part : row.parts) {
      part.from == From::Client ? tap.on_request_bytes(part.bytes, at(1))
                                : tap.on_response_bytes(part.bytes, at(1));
    }
    tap.on_request_end();
    tap.on_response_end(at(2));
    tap.end(Ending::UpstreamClosed, at(2));
    CHECK(notes.text == row.want);
  }
}

TEST_CASE("a WebSocket without a Close frame is named by who ended it first, a tunnel forgives") {
  struct EndRow {
    const char* name;
    std::string_view ends;  ///< `c` the client, `s` the server, in order
    Ending ending;
    std::string websocket;
    std::string tunnel;
  };
  const EndRow rows[] = {
      {"the client", "cs", Ending::UpstreamClosed, " client_abort", ""},
      {"the server", "sc", Ending::UpstreamClosed, " upstream_closed", ""},
      {"the client, and the server resets", "c", Ending::UpstreamReset, " client_abort", ""},
      {"the server, and the client resets", "s", Ending::ClientWent, " upstream_closed", ""},
      {"the server, and refuses frames", "s", Ending::UpstreamReset, " upstream_closed", ""},
      {"the server, and the client stays", "s", Ending::UpstreamTimeout, " upstream_closed", ""},
      {"the client resets", "", Ending::ClientWent, " client_abort", ""},
      {"the server resets", "", Ending::UpstreamReset, " upstream_reset", " upstream_reset"},
      {"neither", "", Ending::UpstreamTimeout, " upstream_timeout", " upstream_timeout"},
  };
  const auto end_of = [](const EndRow& row, const std::string& ask, const std::string& take) {
    Notes notes;
    ConnectionTap tap(notes, notes, ProtocolChoice::Auto);
    tap.on_request_bytes(ask, at(1));
    tap.on_response_bytes(take, at(1));
    for (const char side : row.ends)
      side == 'c' ? tap.on_request_end() : tap.on_response_end(at(2));
    tap.end(row.ending, at(3));
    const auto behind = notes.text.rfind("close=0");
    return notes.text.substr(behind + 7);
  };
  for (const EndRow& row : rows) {
    CAPTURE(row.name);
    CHECK(end_of(row, kAskWebSocket, kTakeWebSocket) == row.websocket + "; ");
    CHECK(end_of(row, "CONNECT h:443 HTTP/1.1\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n") ==
          row.tunnel + "; ");
  }
}

}  // namespace
}  // namespace meshctl::tap
