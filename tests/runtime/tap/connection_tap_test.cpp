#include "runtime/tap/connection_tap.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <vector>

namespace meshctl::tap {
namespace {

using telemetry::CallRecord;
using telemetry::ConnectionProtocol;
using telemetry::ErrorType;
using telemetry::TapDoubt;

/// Writes calls down as text: `GET /a 200 in=0 out=2 err=0;`.
class Calls final : public telemetry::CallSink {
 public:
  void on_call(const CallRecord& call) noexcept override {
    text += fmt::format("{} {} {} in={} out={} err={};", call.method, call.path, call.status,
                        call.request_body_bytes, call.response_body_bytes,
                        static_cast<int>(call.error));
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
  void on_protocol(ConnectionProtocol seen) noexcept override { protocols.push_back(seen); }
  void on_doubt(TapDoubt seen) noexcept override { doubts.push_back(seen); }

  std::vector<ConnectionProtocol> protocols;
  std::vector<TapDoubt> doubts;
};

enum class From { Client, Server };

/// Some bytes of a conversation, in the order they pass.
struct Part {
  From from;
  std::string_view bytes;
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

/// Plays a conversation with each part cut in two at `cut` (or whole), then ends it.
Seen play(const std::vector<Part>& parts, std::size_t cut, Ending ending,
          ProtocolChoice choice = ProtocolChoice::Auto) {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, choice);
  int clock = 0;
  for (const Part& part : parts) {
    for (const auto piece :
         {part.bytes.substr(0, cut), part.bytes.substr(std::min(cut, part.bytes.size()))}) {
      if (piece.empty()) continue;
      const auto now = at(++clock);
      part.from == From::Client ? tap.on_request_bytes(piece, now)
                                : tap.on_response_bytes(piece, now);
    }
  }
  const auto protocol = tap.protocol();
  if (ending == Ending::UpstreamClosed) tap.on_response_end(at(++clock));
  tap.end(ending, at(++clock));
  const bool may_have_turned = protocol == ConnectionProtocol::Tunnel ||
                               protocol == ConnectionProtocol::WebSocket ||
                               protocol == ConnectionProtocol::Http2;
  CHECK(connections.protocols.size() <= (may_have_turned ? 2 : 1));
  return {calls.text, protocol, connections.doubts, calls.active};
}

constexpr Part kGet{From::Client, "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"};
constexpr Part kOk{From::Server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"};

TEST_CASE("each call is counted once and rightly, wherever the reads are cut") {
  struct Row {
    const char* name;
    std::vector<Part> parts;
    std::string want;
    Ending ending = Ending::ClientWent;
    std::vector<TapDoubt> doubts = {};
  };
  const Row rows[] = {
      {"a call", {kGet, kOk}, "GET /a 200 in=0 out=2 err=0;"},
      {"two on one connection",
       {kGet, kOk, kGet, kOk},
       "GET /a 200 in=0 out=2 err=0;GET /a 200 in=0 out=2 err=0;"},
      {"pipelined",
       {{From::Client, "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n"},
        {From::Server,
         "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 N\r\nContent-Length: "
         "3\r\n\r\nbbb"}},
       "GET /a 200 in=0 out=1 err=0;GET /b 404 in=0 out=3 err=0;"},
      {"the query stays out",
       {{From::Client, "GET /a?token=secret HTTP/1.1\r\n\r\n"}, kOk},
       "GET /a 200 in=0 out=2 err=0;"},
      {"the authority stays out",
       {{From::Client, "GET http://u:p@h/a?q HTTP/1.1\r\n\r\n"}, kOk},
       "GET /a 200 in=0 out=2 err=0;"},
      {"an unusual method has one name",
       {{From::Client, "PROPFIND /a HTTP/1.1\r\n\r\n"}, kOk},
       "_OTHER /a 200 in=0 out=2 err=0;"},
      {"HEAD has no body",
       {{From::Client, "HEAD /a HTTP/1.1\r\n\r\n"},
        {From::Server, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"},
        kGet,
        kOk},
       "HEAD /a 200 in=0 out=0 err=0;GET /a 200 in=0 out=2 err=0;"},
      {"100-continue is not the answer",
       {{From::Client, "POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"},
        {From::Server, "HTTP/1.1 100 Continue\r\n\r\n"},
        {From::Client, "abc"},
        {From::Server, "HTTP/1.1 201 C\r\nContent-Length: 0\r\n\r\n"}},
       "POST /a 201 in=3 out=0 err=0;"},
      {"the answer comes before the request has ended",
       {{From::Client, "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"},
        {From::Server, "HTTP/1.1 413 T\r\nContent-Length: 1\r\n\r\nx"},
        {From::Client, "cde"}},
       "POST /a 413 in=5 out=1 err=0;"},
      {"the answer comes, and the request never ends",
       {{From::Client, "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nab"},
        {From::Server, "HTTP/1.1 413 T\r\nContent-Length: 1\r\n\r\nx"}},
       "POST /a 413 in=2 out=1 err=0;",
       Ending::UpstreamClosed},
      {"a body until the end",
       {kGet, {From::Server, "HTTP/1.0 200 OK\r\n\r\nhello"}},
       "GET /a 200 in=0 out=5 err=0;",
       Ending::UpstreamClosed},
      {"a body cut short",
       {kGet, {From::Server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}},
       "GET /a 200 in=0 out=3 err=4;",
       Ending::UpstreamClosed},
      {"a reset in mid-body",
       {kGet, {From::Server, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc"}},
       "GET /a 200 in=0 out=3 err=3;",
       Ending::UpstreamReset},
      {"no answer before the close", {kGet}, "GET /a 0 in=0 out=0 err=4;", Ending::UpstreamClosed},
      {"the client goes away", {kGet}, "GET /a 0 in=0 out=0 err=5;", Ending::ClientWent},
      {"half a head is no call",
       {{From::Client, "GET /a HTTP/1.1\r\nHost"}},
       "",
       Ending::ClientWent},
      {"a call and half a head",
       {kGet, kOk, {From::Client, "GET /b HT"}},
       "GET /a 200 in=0 out=2 err=0;"},
      {"101, then another protocol",
       {{From::Client, "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
        {From::Server,
         "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x01x"},
        {From::Client, "\x81\x81zzzzz"}},
       "GET /ws 101 in=0 out=0 err=0;"},
      {"a CONNECT that is taken",
       {{From::Client, "CONNECT h:443 HTTP/1.1\r\n\r\n"},
        {From::Server, "HTTP/1.1 200 OK\r\n\r\n"},
        {From::Client, "\x16\x03\x01"}},
       "CONNECT h:443 200 in=0 out=0 err=0;"},
      {"a CONNECT that is declined",
       {{From::Client, "CONNECT h:443 HTTP/1.1\r\n\r\n"},
        {From::Server, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n"},
        kGet,
        kOk},
       "CONNECT h:443 403 in=0 out=0 err=0;GET /a 200 in=0 out=2 err=0;"},
      {"an upgrade that is declined",
       {{From::Client, "GET /a HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n"},
        kOk,
        kGet,
        kOk},
       "GET /a 200 in=0 out=2 err=0;GET /a 200 in=0 out=2 err=0;"},
      {"a response that nobody asked for",
       {kGet, kOk, {From::Server, "HTTP/1.1 408 T\r\nContent-Length: 0\r\n\r\n"}},
       "GET /a 200 in=0 out=2 err=0;",
       Ending::UpstreamClosed,
       {TapDoubt::UnexpectedResponse}},
      {"a request that stops making sense",
       {kGet, kOk, {From::Client, "\x01\x02\x03"}},
       "GET /a 200 in=0 out=2 err=0;",
       Ending::ClientWent,
       {TapDoubt::MalformedRequest}},
      {"a response that makes no sense",
       {kGet, {From::Server, "SSH-2.0-x\r\n"}},
       "GET /a 0 in=0 out=0 err=6;",
       Ending::ClientWent,
       {TapDoubt::MalformedResponse}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    std::size_t longest = 0;
    for (const Part& part : row.parts) longest = std::max(longest, part.bytes.size());
    for (std::size_t cut = 0; cut <= longest; ++cut) {
      CAPTURE(cut);
      const auto seen = play(row.parts, cut, row.ending);
      CHECK(seen.calls == row.want);
      CHECK(seen.doubts == row.doubts);
      CHECK(seen.active == 0);
    }
  }
}

TEST_CASE("a connection is named by what it speaks") {
  struct Row {
    const char* name;
    std::vector<Part> parts;
    ConnectionProtocol want;
  };
  const Row rows[] = {
      {"nothing yet", {}, ConnectionProtocol::Unknown},
      {"HTTP", {kGet}, ConnectionProtocol::Http1},
      {"HTTP/2", {{From::Client, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"}}, ConnectionProtocol::Http2},
      {"TLS", {{From::Client, "\x16\x03\x01"}}, ConnectionProtocol::Tls},
      {"anything else", {{From::Client, "\x01\x02"}}, ConnectionProtocol::Opaque},
      {"the server speaks first",
       {{From::Server, "220 ready\r\n"}},
       ConnectionProtocol::ServerFirst},
      {"the server speaks first, then HTTP does not count",
       {{From::Server, "220\r\n"}, kGet},
       ConnectionProtocol::ServerFirst},
      {"a tunnel",
       {{From::Client, "CONNECT h:1 HTTP/1.1\r\n\r\n"}, {From::Server, "HTTP/1.1 200 OK\r\n\r\n"}},
       ConnectionProtocol::Tunnel},
      {"a WebSocket",
       {{From::Client, "GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"},
        {From::Server, "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n"}},
       ConnectionProtocol::WebSocket},
      {"doubt", {kGet, {From::Server, "\x01"}}, ConnectionProtocol::Opaque},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (std::size_t cut = 0; cut <= 20; ++cut) {
      CAPTURE(cut);
      CHECK(play(row.parts, cut, Ending::ClientWent).protocol == row.want);
    }
  }
}

TEST_CASE("--protocol tcp reads nothing along") {
  const auto seen = play({kGet, kOk}, 0, Ending::ClientWent, ProtocolChoice::Tcp);
  CHECK(seen.calls.empty());
  CHECK(seen.protocol == ConnectionProtocol::Opaque);
}

TEST_CASE("a call's four times are when its bytes passed") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  tap.on_request_bytes("PO", at(10));
  tap.on_request_bytes("ST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n", at(20));
  tap.on_response_bytes("HTTP/1.1 100 Continue\r\n\r\n", at(25));
  tap.on_request_bytes("x", at(30));
  tap.on_response_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n", at(45));
  tap.on_response_bytes("ok", at(60));
  CHECK(calls.last.request_start == at(10));
  CHECK(calls.last.request_end == at(30));
  CHECK(calls.last.response_start == at(25));  // the interim response is one, too
  CHECK(calls.last.response_end == at(60));
  CHECK(calls.last.duration() == std::chrono::milliseconds(50));
  CHECK(calls.last.time_to_first_byte() == std::chrono::milliseconds(15));
}

TEST_CASE("a safe point to close at is one where nobody is owed an answer") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  CHECK(tap.is_idle());
  tap.on_request_bytes("GE", at(1));
  CHECK_FALSE(tap.is_idle());
  tap.on_request_bytes("T / HTTP/1.1\r\n\r\n", at(2));
  CHECK_FALSE(tap.is_idle());
  CHECK(calls.active == 1);
  tap.on_response_bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no", at(3));
  CHECK_FALSE(tap.is_idle());
  tap.on_response_bytes("k", at(4));
  CHECK(tap.is_idle());
}

TEST_CASE("an answer of our own is counted as the failure that it tells of") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  tap.on_request_bytes(kGet.bytes, at(1));
  tap.on_own_answer(502, 33, Ending::UpstreamRefused, at(2));
  CHECK(calls.text == "GET /a 502 in=0 out=33 err=1;");
  CHECK(calls.last.duration() == std::chrono::milliseconds(1));
  tap.end(Ending::UpstreamRefused, at(900));
  CHECK(calls.text == "GET /a 502 in=0 out=33 err=1;");
  CHECK(calls.active == 0);
}

TEST_CASE("an answer is owed from the complete head on") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  tap.on_request_bytes("HEAD / HTTP/1.1\r\nHo", at(1));
  CHECK(tap.owed_call() == nullptr);
  tap.on_request_bytes("st: x\r\n\r\n", at(2));
  REQUIRE(tap.owed_call() != nullptr);
  CHECK(tap.owed_call()->method == "HEAD");
}

TEST_CASE("a flood of pipelined requests is given up, and no outcome is made up for them") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  for (std::size_t i = 0; i < PendingCalls::kMost; ++i) tap.on_request_bytes(kGet.bytes, at(1));
  CHECK(connections.doubts.empty());
  CHECK(calls.active == static_cast<int>(PendingCalls::kMost));
  tap.on_request_bytes(kGet.bytes, at(2));
  CHECK(connections.doubts == std::vector{TapDoubt::TooManyPending});
  CHECK(tap.protocol() == ConnectionProtocol::Opaque);
  CHECK(calls.active == 0);
  CHECK(calls.text.empty());
}

TEST_CASE("a long path is cut, not refused") {
  Calls calls;
  Connections connections;
  ConnectionTap tap(calls, connections, ProtocolChoice::Auto);
  tap.on_request_bytes("GET /" + std::string(5000, 'p') + "?q HTTP/1.1\r\n\r\n", at(1));
  tap.on_response_bytes(kOk.bytes, at(2));
  CHECK(calls.text.starts_with("GET /ppp"));
  CHECK(calls.text.find(" 200 in=0 out=2") == std::string("GET ").size() + 1024);
}

}  // namespace
}  // namespace meshctl::tap
