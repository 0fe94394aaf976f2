#include "runtime/tap/http2_tap.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "runtime/tap/connection_tap.h"
#include "tests/runtime/http/http2_frames.h"

namespace meshctl::tap {
namespace {

using namespace http::testing;
using telemetry::CallProtocol;
using telemetry::CallRecord;
using telemetry::ConnectionProtocol;
using telemetry::ErrorType;
using telemetry::TapDoubt;

/// Writes calls down as text: `GET /a 200 in=0 out=2;`, with what is unusual behind.
class Calls final : public telemetry::CallSink {
 public:
  void on_call(const CallRecord& call) noexcept override {
    text += fmt::format("{} {} {} in={} out={}", call.method, call.path, call.status,
                        call.request_body_bytes, call.response_body_bytes);
    if (call.protocol == CallProtocol::Grpc) text += fmt::format(" grpc={}", call.grpc_status);
    if (call.error != ErrorType::None) text += fmt::format(" err={}", static_cast<int>(call.error));
    text += ";";
    last = call;
    CHECK(call.request_start <= call.request_end);
    CHECK(call.request_start <= call.response_start);
    CHECK(call.response_start <= call.response_end);
  }
  void on_active_calls(int change) noexcept override { active += change; }

  std::string text;
  CallRecord last;
  int active = 0;
};

class Connections final : public ConnectionSink {
 public:
  void on_protocol(ConnectionProtocol) noexcept override {}
  void on_doubt(TapDoubt seen) noexcept override { doubts.push_back(seen); }
  std::vector<TapDoubt> doubts;
};

enum class From { Client, Server };

struct Part {
  From from;
  std::string bytes;
};

struct Seen {
  std::string calls;
  ConnectionProtocol protocol;
  std::vector<TapDoubt> doubts;
  int active;
};

Instant at(int milliseconds) {
  return Instant{} + std::chrono::milliseconds(milliseconds);
}

/// Plays a conversation in pieces of `size`, then ends it.
Seen play(const std::vector<Part>& parts, std::size_t size, Ending ending) {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  int clock = 0;
  for (const Part& part : parts) {
    for (std::size_t begin = 0; begin < part.bytes.size(); begin += size) {
      const auto piece = std::string_view(part.bytes).substr(begin, size);
      part.from == From::Client ? tap.on_request_bytes(piece, at(++clock))
                                : tap.on_response_bytes(piece, at(++clock));
    }
  }
  const auto protocol = tap.protocol();
  tap.end(ending, at(++clock));
  return {calls.text, protocol, connections.doubts, calls.active};
}

std::string request(std::string_view method, std::string_view path, std::string_view more = "") {
  return field(":method", method) + field(":scheme", "http") + field(":path", path) +
         std::string(more);
}
std::string response(std::string_view status, std::string_view more = "") {
  return field(":status", status) + std::string(more);
}

const std::string kHello = std::string(kPreface) + settings();
const std::string kGrpcType = field("content-type", "application/grpc+proto");

Part client(std::string bytes) {
  return {From::Client, std::move(bytes)};
}
Part server(std::string bytes) {
  return {From::Server, std::move(bytes)};
}

TEST_CASE("each stream is a call, counted once and rightly, wherever the reads are cut") {
  struct Row {
    const char* name;
    std::vector<Part> parts;
    std::string want;
    Ending ending = Ending::ClientWent;
    std::vector<TapDoubt> doubts = {};
  };
  const auto get = [](std::uint32_t stream, std::string_view path = "/a?q=1") {
    return headers(stream, request("GET", path), kEndStream);
  };
  const std::vector<Row> rows = {
      {"a call",
       {client(kHello + get(1)),
        server(settings() + headers(1, response("200")) + data(1, "ok", kEndStream))},
       "GET /a 200 in=0 out=2;"},
      {"an answer without a body",
       {client(kHello + get(1)), server(headers(1, response("204"), kEndStream))},
       "GET /a 204 in=0 out=0;"},
      {"an upload, its padding not counted",
       {client(kHello + headers(1, request("POST", "/up")) + data(1, "abc") +
               data(1, std::string("\x02zz\0\0", 5), kPadded | kEndStream)),
        server(headers(1, response("201"), kEndStream))},
       "POST /up 201 in=5 out=0;"},
      {"streams end in any order",
       {client(kHello + get(1, "/a") + get(3, "/b") + get(5, "/c")),
        server(headers(5, response("200"), kEndStream) + headers(1, response("404")) +
               headers(3, response("200")) + data(3, "bb") + data(1, "a", kEndStream) +
               data(3, "b", kEndStream))},
       "GET /c 200 in=0 out=0;GET /a 404 in=0 out=1;GET /b 200 in=0 out=3;"},
      {"1xx, then the answer, then trailers",
       {client(kHello + get(1)), server(headers(1, response("103")) + headers(1, response("200")) +
                                        data(1, "x") + headers(1, field("a", "b"), kEndStream))},
       "GET /a 200 in=0 out=1;"},
      {"request trailers",
       {client(kHello + headers(1, request("POST", "/a")) + data(1, "x") +
               headers(1, field(":path", "/evil"), kEndStream)),
        server(headers(1, response("200"), kEndStream))},
       "POST /a 200 in=1 out=0;"},
      {"an answer before the end of its request",
       {client(kHello + headers(1, request("POST", "/a"))),
        server(headers(1, response("413"), kEndStream) + rst_stream(1, 0))},
       "POST /a 413 in=0 out=0;"},
      {"the client cancels",
       {client(kHello + get(1)), server(headers(1, response("200")) + data(1, "x")),
        client(rst_stream(1, 8))},
       "GET /a 200 in=0 out=1 err=5;"},
      {"the service resets",
       {client(kHello + get(1)), server(rst_stream(1, 2))},
       "GET /a 0 in=0 out=0 err=3;"},
      {"a reset of what is over is nothing",
       {client(kHello + get(1)), server(headers(1, response("200"), kEndStream) + rst_stream(1, 0)),
        client(rst_stream(1, 8))},
       "GET /a 200 in=0 out=0;"},
      {"the connection ends in mid-call",
       {client(kHello + get(1) + get(3, "/b")), server(headers(1, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;GET /b 0 in=0 out=0 err=4;",
       Ending::UpstreamClosed},
      {"streams above the last one of a farewell were never processed",
       {client(kHello + get(1) + get(3, "/b") + get(5, "/c")), server(goaway(3)),
        server(headers(1, response("200"), kEndStream) + headers(3, response("500"), kEndStream))},
       "GET /a 200 in=0 out=0;GET /b 500 in=0 out=0;",
       Ending::UpstreamClosed},
      {"nor were those that were on their way to it, whatever comes on them",
       {client(kHello + get(1)), server(goaway(1)),
        client(headers(3, request("POST", "/b")) + data(3, "x") + get(5, "/c") +
               headers(3, field("a", "b"), kEndStream) + rst_stream(5, 8)),
        server(headers(1, response("200"), kEndStream) + rst_stream(3, 2))},
       "GET /a 200 in=0 out=0;"},
      {"a farewell in two steps: no new streams, then these were the last",
       {client(kHello + get(1)), server(goaway(0x7FFFFFFF)), client(get(3, "/b") + get(5, "/c")),
        server(goaway(5) + goaway(3) + goaway(7)), client(get(7, "/d")),
        server(headers(1, response("200"), kEndStream) + headers(3, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;GET /b 200 in=0 out=0;",
       Ending::UpstreamClosed},
      {"streams that a farewell leaves are owed an answer",
       {client(kHello + get(1) + get(3, "/b")), server(goaway(1))},
       "GET /a 0 in=0 out=0 err=4;",
       Ending::UpstreamClosed},
      {"a farewell after the answer has begun takes nothing back",
       {client(kHello + get(1) + get(3, "/b")), server(headers(3, response("200")) + goaway(1)),
        server(headers(1, response("200"), kEndStream) + data(3, "x", kEndStream))},
       "GET /a 200 in=0 out=0;GET /b 200 in=0 out=1;"},
      {"a client's farewell is of the service's streams",
       {client(kHello + get(1) + goaway(0)), server(headers(1, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;"},
      {"a farewell in the middle of a request's head",
       {client(kHello + frame(1, kEndStream, 1, request("GET", "/a"))), server(goaway(0)),
        client(frame(9, kEndHeaders, 1, field("a", "b")))},
       "",
       Ending::UpstreamClosed},
      {"a stream that is refused was never processed",
       {client(kHello + get(1) + get(3, "/b")), server(rst_stream(3, 7)),
        server(headers(1, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;"},
      {"one that has begun to be answered was",
       {client(kHello + get(1)), server(headers(1, response("200")) + rst_stream(1, 7))},
       "GET /a 200 in=0 out=0 err=3;"},
      {"the client's code for a stream that it refuses is a cancel",
       {client(kHello + get(1) + rst_stream(1, 7))},
       "GET /a 0 in=0 out=0 err=5;"},
      {"half a head is no call",
       {client(kHello + frame(1, kEndStream, 1, request("GET", "/a")))},
       ""},
      {"a promise is none",
       {client(kHello + get(1)),
        server(frame(5, kEndHeaders, 1, big_endian(2, 4) + request("GET", "/pushed")) +
               headers(2, response("200")) + data(2, "pushed", kEndStream) +
               headers(1, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;"},
      {"gRPC, unary",
       {client(kHello + headers(1, request("POST", "/p.S/M", kGrpcType)) +
               data(1, "12345xy", kEndStream)),
        server(headers(1, response("200", kGrpcType)) + data(1, "12345z") +
               headers(1, field("grpc-status", "0"), kEndStream))},
       "POST /p.S/M 200 in=7 out=6 grpc=0;"},
      {"gRPC, trailers only",
       {client(kHello + headers(1, request("POST", "/p.S/M", kGrpcType), kEndStream)),
        server(headers(1, response("200", field("grpc-status", "14")), kEndStream))},
       "POST /p.S/M 200 in=0 out=0 grpc=14;"},
      {"gRPC whose answer gives no code",
       {client(kHello + headers(1, request("POST", "/p.S/M", kGrpcType), kEndStream)),
        server(headers(1, response("503"), kEndStream))},
       "POST /p.S/M 503 in=0 out=0 grpc=14;"},
      {"gRPC with a code that is none",
       {client(kHello + headers(1, request("POST", "/p.S/M", kGrpcType), kEndStream)),
        server(headers(1, response("200", field("grpc-status", "99")), kEndStream))},
       "POST /p.S/M 200 in=0 out=0 grpc=17;"},
      {"gRPC that the caller leaves",
       {client(kHello + headers(1, request("POST", "/p.S/M", kGrpcType)) + rst_stream(1, 8))},
       "POST /p.S/M 0 in=0 out=0 grpc=18 err=5;"},
      {"an upgrade, whose request is answered as stream 1",
       {client("GET /up HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
               "Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n"),
        server("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nuPgrade: H2C\r\n\r\n" +
               settings() + headers(1, response("200")) + data(1, "ok", kEndStream)),
        client(kHello + get(3)), server(headers(3, response("200"), kEndStream))},
       "GET /up 200 in=0 out=2;GET /a 200 in=0 out=0;"},
      {"a server that sends its settings first",
       {server(settings(big_endian(3, 2) + big_endian(100, 4))), client(kHello + get(1)),
        server(headers(1, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;"},
      {"half of its settings before the client's first byte",
       {server(settings().substr(0, 5)), client(kHello + get(1)),
        server(settings().substr(5) + headers(1, response("200"), kEndStream))},
       "GET /a 200 in=0 out=0;"},
      {"what is no frame",
       {client(kHello + get(1) + data(0, "x"))},
       "",
       Ending::ClientWent,
       {TapDoubt::MalformedRequest}},
      {"an answer that is no frame",
       {client(kHello + get(1)), server(headers(0, response("200")))},
       "GET /a 0 in=0 out=0 err=6;",
       Ending::ClientWent,
       {TapDoubt::MalformedResponse}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::size_t longest = 0;
    for (const Part& part : row.parts) longest = std::max(longest, part.bytes.size());
    for (std::size_t size = 1; size <= longest; ++size) {
      CAPTURE(size);
      const auto seen = play(row.parts, size, row.ending);
      REQUIRE(seen.calls == row.want);
      REQUIRE(seen.doubts == row.doubts);
      REQUIRE(seen.active == 0);
    }
  }
}

TEST_CASE("a table that the settings shrink and grow is followed once they are acknowledged") {
  const auto table_size = [](std::uint32_t size) {
    return settings(big_endian(1, 2) + big_endian(size, 4));
  };
  const std::string indexed("\x40\x05:path\x02/a", 10);
  const auto first = headers(1, field(":method", "GET") + indexed, kEndStream);
  // Index 62 is the newest entry; 0x20 sets the table to 0 (RFC 7541, 6.3).
  const auto second = headers(3, std::string("\x82\xbe", 2), kEndStream);
  const auto third = headers(5, std::string("\x20", 1) + request("GET", "/b"), kEndStream);
  // 8192 in an integer with a prefix of 5 bits: more than the 4096 of before.
  const auto fourth = headers(7, std::string("\x3f\xe1\x3f") + request("GET", "/c"), kEndStream);
  const auto seen =
      play({client(kHello + first), server(table_size(0)), client(second + settings_ack() + third),
            server(table_size(8192)), client(settings_ack() + fourth)},
           7, Ending::ClientWent);
  CHECK(seen.calls ==
        "GET /a 0 in=0 out=0 err=5;GET /a 0 in=0 out=0 err=5;GET /b 0 in=0 out=0 err=5;"
        "GET /c 0 in=0 out=0 err=5;");
  CHECK(seen.doubts.empty());
}

TEST_CASE("more streams than are remembered end the reading, and no byte") {
  std::string many = kHello;
  for (std::uint32_t i = 0; i <= Http2Tap::kMostStreams; ++i) {
    many += headers(2 * i + 1, request("GET", "/a"), kEndStream);
  }
  const auto seen = play({client(many)}, many.size(), Ending::ClientWent);
  CHECK(seen.doubts == std::vector{TapDoubt::TooManyPending});
  CHECK(seen.calls.empty());
  CHECK(seen.active == 0);
}

TEST_CASE("a stream's four times are when its bytes passed") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Http2);
  tap.on_request_bytes(kHello + headers(1, request("POST", "/a")), at(10));
  tap.on_request_bytes(data(1, "x", kEndStream), at(20));
  CHECK_FALSE(tap.is_idle());
  tap.on_response_bytes(headers(1, response("200")), at(35));
  tap.on_response_bytes(data(1, "y", kEndStream), at(50));
  CHECK(tap.is_idle());
  CHECK(calls.last.request_start == at(10));
  CHECK(calls.last.request_end == at(20));
  CHECK(calls.last.response_start == at(35));
  CHECK(calls.last.response_end == at(50));
}

}  // namespace
}  // namespace meshctl::tap
