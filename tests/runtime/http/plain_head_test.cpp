#include "runtime/http/plain_head.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>
#include <utility>

#include "runtime/http/http1_parser.h"

namespace meshctl::http {
namespace {

/// All that is told of messages, headers too.
class Told final : public Http1Events {
 public:
  explicit Told(BodyRule rule) : rule_(rule) {}
  void on_message_begin() noexcept override { text += "begin "; }
  void on_target(std::string_view part) noexcept override { head_ += part; }
  void on_header_name(std::string_view part) noexcept override {
    if (std::exchange(in_value_, false)) head_ += '\n';
    head_ += part;
  }
  void on_header_value(std::string_view part) noexcept override {
    if (!std::exchange(in_value_, true)) head_ += '=';
    head_ += part;
  }
  BodyRule on_head(const Http1Head& head) noexcept override {
    text += fmt::format("[{} {} {}] {}", head.method, head.status, head.is_version_10,
                        std::exchange(head_, {}));
    in_value_ = false;
    return rule_;
  }
  void on_body(std::uint64_t bytes) noexcept override { body_ += bytes; }
  void on_message_end() noexcept override {
    text += fmt::format(" body={} end ", std::exchange(body_, 0));
  }

  std::string text;

 private:
  BodyRule rule_;
  std::string head_;
  std::uint64_t body_ = 0;
  bool in_value_ = false;
};

std::string outcome(const Told& told, Http1Parser& parser, Http1Parser::Status status,
                    std::size_t consumed) {
  return fmt::format("{} status {} at {} whole {}", told.text, static_cast<int>(status), consumed,
                     parser.finish());
}

/// At once, so that plain heads are read as such.
std::string read_whole(Http1Parser::Reads reads, BodyRule rule, std::string_view wire) {
  Told told(rule);
  Http1Parser parser(reads, Http1Parser::Headers::Told, told);
  const auto progress = parser.feed(wire);
  return outcome(told, parser, progress.status, progress.consumed);
}

/// Byte by byte, so that none is.
std::string read_bytes(Http1Parser::Reads reads, BodyRule rule, std::string_view wire) {
  Told told(rule);
  Http1Parser parser(reads, Http1Parser::Headers::Told, told);
  std::size_t consumed = 0;
  Http1Parser::Progress progress{Http1Parser::Status::Ok, 0};
  for (std::size_t i = 0; i < wire.size() && progress.status == Http1Parser::Status::Ok; ++i) {
    progress = parser.feed(wire.substr(i, 1));
    consumed += progress.consumed;
  }
  return outcome(told, parser, progress.status, consumed);
}

constexpr std::string_view kRequest =
    "POST /a/b?c=d%20e HTTP/1.1\r\nHost: x:80\r\nContent-Length: 3\r\nConnection: keep-alive\r\n"
    "User-Agent: t (x; \"y\")\r\n\r\nabcGET / HTTP/1.1\r\nhost: y\r\n\r\n";
constexpr std::string_view kResponse =
    "HTTP/1.1 200 OK\r\nServer: n/1\r\nContent-Type: text/plain\r\ncontent-length: 2\r\n"
    "Connection: keep-alive\r\n\r\nokHTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n";

TEST_CASE("the heads of everyday traffic are plain") {
  PlainHead head;
  REQUIRE(read_plain_request(kRequest, head));
  CHECK(head.method == "POST");
  CHECK(head.target == "/a/b?c=d%20e");
  CHECK(head.body_bytes == 3);
  CHECK(head.size == kRequest.find("abc"));
  CHECK(head.field_count == 4);
  CHECK(head.text(head.fields[3].name) == "User-Agent");
  CHECK(head.text(head.fields[3].value) == "t (x; \"y\")");

  REQUIRE(read_plain_response(kResponse, head));
  CHECK(head.status == 200);
  CHECK(head.body_bytes == 2);
  CHECK(head.size == kResponse.find("okHTTP"));
}

TEST_CASE("a head that is cut is not plain") {
  PlainHead head;
  for (std::size_t size = 0; size < kRequest.find("abc"); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_plain_request(kRequest.substr(0, size), head));
  }
  for (std::size_t size = 0; size < kResponse.find("okHTTP"); ++size) {
    CAPTURE(size);
    CHECK_FALSE(read_plain_response(kResponse.substr(0, size), head));
  }
}

TEST_CASE("what says more about its framing is left to the full parser") {
  const std::string_view fields[] = {"Transfer-Encoding: chunked",
                                     "Connection: close",
                                     "Upgrade: h2c",
                                     "Content-Length: 1\r\nContent-Length: 1",
                                     "Content-Length: +1",
                                     "Content-Length: 1 ",
                                     "Content-Length: 1234567890123456",
                                     "Proxy-Connection: close",
                                     "A : b",
                                     "A: b\r\n c",
                                     "A:",
                                     "A:  b",
                                     ": b",
                                     "A\tB: c",
                                     "A: \x80",
                                     "A: \x7F",
                                     "A: b\rc",
                                     "A: b\nB: c"};
  PlainHead head;
  for (const auto field : fields) {
    CAPTURE(field);
    CHECK_FALSE(read_plain_request(fmt::format("GET / HTTP/1.1\r\n{}\r\n\r\n", field), head));
  }
  for (const auto* line : {"GET / HTTP/1.0", "GET  / HTTP/1.1", "get / HTTP/1.1", "GET * HTTP/1.1",
                           "GET http://a/ HTTP/1.1", "CONNECT a:1 HTTP/1.1", "GET /#a HTTP/1.1",
                           "GET /a b HTTP/1.1", "GET /", "BREW / HTTP/1.1"}) {
    CAPTURE(line);
    CHECK_FALSE(read_plain_request(fmt::format("{}\r\nA: b\r\n\r\n", line), head));
  }
  for (const auto* line : {"HTTP/1.0 200 OK", "HTTP/1.1 101 S", "HTTP/1.1 2000 OK", "HTTP/1.1 200",
                           "HTTP/1.1 20 OK"}) {
    CAPTURE(line);
    CHECK_FALSE(read_plain_response(fmt::format("{}\r\nContent-Length: 0\r\n\r\n", line), head));
  }
  CHECK_FALSE(read_plain_response("HTTP/1.1 200 OK\r\nA: b\r\n\r\n", head));
  std::string many = "GET / HTTP/1.1\r\n";
  for (std::size_t i = 0; i <= PlainHead::kMostFields; ++i) many += "A: b\r\n";
  CHECK_FALSE(read_plain_request(many + "\r\n", head));
}

TEST_CASE("plain heads are read as the full parser reads them, whatever byte is changed") {
  struct Wire {
    Http1Parser::Reads reads;
    BodyRule rule;
    std::string_view bytes;
  };
  const Wire wires[] = {
      {Http1Parser::Reads::Requests, BodyRule::FromHead, kRequest},
      {Http1Parser::Reads::Responses, BodyRule::FromHead, kResponse},
      {Http1Parser::Reads::Responses, BodyRule::None, kResponse},
      {Http1Parser::Reads::Responses, BodyRule::Tunnel, kResponse},
      {Http1Parser::Reads::Responses, BodyRule::FromHead,
       "HTTP/1.1 304 Not Modified\r\nContent-Length: 7\r\n\r\nHTTP/1.1 204 N\r\n\r\n"},
  };
  for (const auto& [reads, rule, bytes] : wires) {
    for (std::size_t place = 0; place < bytes.size(); ++place) {
      for (int value = 0; value < 256; ++value) {
        std::string wire(bytes);
        wire[place] = static_cast<char>(value);
        const auto whole = read_whole(reads, rule, wire);
        const auto bytewise = read_bytes(reads, rule, wire);
        if (whole != bytewise) {
          FAIL("byte " << place << " as " << value << ": " << whole
                       << "\nbyte by byte: " << bytewise);
        }
      }
    }
  }
}

}  // namespace
}  // namespace meshctl::http
