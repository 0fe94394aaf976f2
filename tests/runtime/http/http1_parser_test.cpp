#include "runtime/http/http1_parser.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>

namespace meshctl::http {
namespace {

using Status = Http1Parser::Status;

/// Writes the events down as text, one after another: `begin /a GET 1.1 body=5 end`.
class EventText final : public Http1Events {
 public:
  explicit EventText(BodyRule rule = BodyRule::FromHead) : rule_(rule) {}

  void on_message_begin() noexcept override { text += "begin "; }
  void on_target(std::string_view part) noexcept override { target_ += part; }
  BodyRule on_head(const Http1Head& head) noexcept override {
    text += head.status == 0 ? fmt::format("{} {}", head.method, target_)
                             : fmt::format("{}", head.status);
    text += head.is_version_10 ? " 1.0 " : " 1.1 ";
    target_.clear();
    return rule_;
  }
  void on_body(std::uint64_t bytes) noexcept override { body_ += bytes; }
  void on_message_end() noexcept override {
    text += fmt::format("body={} end ", std::exchange(body_, 0));
  }

  std::string text;

 private:
  BodyRule rule_;
  std::string target_;
  std::uint64_t body_ = 0;
};

struct Outcome {
  std::string events;
  Status status;
  std::size_t consumed;

  bool operator==(const Outcome&) const = default;
};

/// Feeds `wire` in two parts, as two reads from a socket would.
Outcome read_in_two(Http1Parser::Reads reads, BodyRule rule, std::string_view wire,
                    std::size_t cut) {
  EventText events(rule);
  Http1Parser parser(reads, Http1Parser::Headers::Skipped, events);
  auto progress = parser.feed(wire.substr(0, cut));
  std::size_t consumed = progress.consumed;
  if (progress.status == Status::Ok) {
    progress = parser.feed(wire.substr(cut));
    consumed += progress.consumed;
  }
  return {events.text, progress.status, consumed};
}

struct Row {
  const char* name;
  std::string_view wire;
  Outcome want;
  BodyRule rule = BodyRule::FromHead;
};

void check(Http1Parser::Reads reads, const Row& row) {
  CAPTURE(row.name);
  for (std::size_t cut = 0; cut <= row.wire.size(); ++cut) {
    CAPTURE(cut);
    const auto got = read_in_two(reads, row.rule, row.wire, cut);
    CHECK(got.events == row.want.events);
    CHECK(got.status == row.want.status);
    CHECK(got.consumed == row.want.consumed);
  }
}

TEST_CASE("requests are read alike wherever the reads are cut") {
  const Row rows[] = {
      {"no body",
       "GET /a HTTP/1.1\r\nHost: x\r\n\r\n",
       {"begin GET /a 1.1 body=0 end ", Status::Ok, 28}},
      {"length",
       "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
       {"begin POST /a 1.1 body=5 end ", Status::Ok, 44}},
      {"chunked with trailer",
       "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x=1\r\nde\r\n0\r\nT: "
       "1\r\n\r\n",
       {"begin PUT / 1.1 body=5 end ", Status::Ok, 76}},
      {"chunked and a length, which does not count",
       "PUT / HTTP/1.1\r\nContent-Length: 9\r\nTransfer-Encoding: "
       "chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
       {"begin PUT / 1.1 body=3 end ", Status::Ok, 78}},
      {"two in a row",
       "GET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.0\r\n\r\n",
       {"begin GET /a 1.1 body=0 end begin GET /b 1.0 body=0 end ", Status::Ok, 38}},
      {"more after a close",
       "GET /a HTTP/1.1\r\nConnection: close\r\n\r\nGET /b HTTP/1.1\r\n\r\n",
       {"begin GET /a 1.1 body=0 end begin GET /b 1.1 body=0 end ", Status::Ok, 57}},
      {"an upgrade is the server's to take",
       "GET /ws HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\nGET /b "
       "HTTP/1.1\r\n\r\n",
       {"begin GET /ws 1.1 body=0 end begin GET /b 1.1 body=0 end ", Status::Ok, 80}},
      {"CONNECT",
       "CONNECT h:443 HTTP/1.1\r\n\r\n\x16\x03",
       {"begin CONNECT h:443 1.1 body=0 end ", Status::Switched, 26}},
  };
  for (const Row& row : rows) check(Http1Parser::Reads::Requests, row);
}

TEST_CASE("responses are read alike wherever the reads are cut") {
  const Row rows[] = {
      {"length",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
       {"begin 200 1.1 body=2 end ", Status::Ok, 40}},
      {"to a HEAD",
       "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n",
       {"begin 200 1.1 body=0 end ", Status::Ok, 38},
       BodyRule::None},
      {"until the end", "HTTP/1.0 200 OK\r\n\r\nhello", {"begin 200 1.0 ", Status::Ok, 24}},
      {"interim, then final",
       "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n",
       {"begin 100 1.1 body=0 end begin 204 1.1 body=0 end ", Status::Ok, 44}},
      {"304 with a length that does not come",
       "HTTP/1.1 304 N\r\nContent-Length: 9\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
       {"begin 304 1.1 body=0 end begin 200 1.1 body=0 end ", Status::Ok, 75}},
      {"switching",
       "HTTP/1.1 101 S\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x01x",
       {"begin 101 1.1 body=0 end ", Status::Switched, 59}},
      {"a tunnel",
       "HTTP/1.1 200 OK\r\n\r\nSSH-2.0",
       {"begin 200 1.1 body=0 end ", Status::Switched, 19},
       BodyRule::Tunnel},
  };
  for (const Row& row : rows) check(Http1Parser::Reads::Responses, row);
}

TEST_CASE("what is not HTTP is told at once and read no further") {
  EventText events;
  Http1Parser parser(Http1Parser::Reads::Requests, Http1Parser::Headers::Skipped, events);
  CHECK(parser.feed("\x01\x02").status == Status::Malformed);
  CHECK(parser.feed("GET / HTTP/1.1\r\n\r\n").consumed == 0);
  CHECK(events.text.find("GET") == std::string::npos);
}

TEST_CASE("a body without a length ends with the connection, a cut one does not") {
  EventText open_events;
  Http1Parser open(Http1Parser::Reads::Responses, Http1Parser::Headers::Skipped, open_events);
  open.feed("HTTP/1.1 200 OK\r\n\r\nabc");
  CHECK(open.finish());
  CHECK(open_events.text == "begin 200 1.1 body=3 end ");

  EventText cut_events;
  Http1Parser cut(Http1Parser::Reads::Responses, Http1Parser::Headers::Skipped, cut_events);
  cut.feed("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc");
  CHECK_FALSE(cut.finish());
  CHECK(cut_events.text == "begin 200 1.1 ");
}

TEST_CASE("a head that never ends is given up at its limit") {
  EventText events;
  Http1Parser parser(Http1Parser::Reads::Requests, Http1Parser::Headers::Skipped, events);
  REQUIRE(parser.feed("GET / HTTP/1.1\r\nA: ").status == Status::Ok);
  const std::string kilobyte(1024, 'x');
  std::size_t fed = 0;
  while (parser.feed(kilobyte).status == Status::Ok) fed += kilobyte.size();
  CHECK(fed <= Http1Parser::kMostHeadBytes);
  CHECK(fed >= Http1Parser::kMostHeadBytes - 2 * kilobyte.size());
  CHECK(parser.feed("x").status == Status::HeadTooLarge);
}

TEST_CASE("a body may be larger than any head") {
  EventText events;
  Http1Parser parser(Http1Parser::Reads::Requests, Http1Parser::Headers::Skipped, events);
  parser.feed("POST / HTTP/1.1\r\nContent-Length: 1048576\r\n\r\n");
  const std::string kilobyte(1024, 'x');
  for (int i = 0; i < 1024; ++i) REQUIRE(parser.feed(kilobyte).status == Status::Ok);
  CHECK(events.text == "begin POST / 1.1 body=1048576 end ");
}

TEST_CASE("a declined CONNECT leaves HTTP to go on") {
  EventText events;
  Http1Parser parser(Http1Parser::Reads::Requests, Http1Parser::Headers::Skipped, events);
  REQUIRE(parser.feed("CONNECT h:443 HTTP/1.1\r\n\r\n").status == Status::Switched);
  parser.resume();
  CHECK(parser.feed("GET /b HTTP/1.1\r\n\r\n").status == Status::Ok);
  CHECK(events.text == "begin CONNECT h:443 1.1 body=0 end begin GET /b 1.1 body=0 end ");
}

}  // namespace
}  // namespace meshctl::http
