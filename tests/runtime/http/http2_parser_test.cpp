#include "runtime/http/http2_parser.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <string>

#include "tests/runtime/http/http2_frames.h"

namespace meshctl::http {
namespace {

using namespace testing;
using Status = Http2Parser::Status;

/// Writes down what it hears; pieces of content that follow one another become one.
class Heard final : public Http2Events {
 public:
  void on_headers_begin(std::uint32_t stream) noexcept override {
    note(fmt::format("headers {}", stream));
  }
  void on_field(std::string_view name, std::string_view value) noexcept override {
    text += fmt::format(" {}={}", name, value);
  }
  void on_headers_end(bool ends_stream) noexcept override { text += ends_stream ? " end" : " ."; }
  void on_data(std::uint32_t stream, std::string_view bytes) noexcept override {
    const auto head = fmt::format("data {} ", stream);
    if (last_data_ != stream) note(head);
    last_data_ = stream;
    text += bytes;
  }
  void on_data_end(std::uint32_t stream) noexcept override { note(fmt::format("end {}", stream)); }
  void on_reset(std::uint32_t stream, std::uint32_t code) noexcept override {
    note(fmt::format("reset {} {}", stream, code));
  }
  void on_settings(std::optional<std::uint32_t> size) noexcept override {
    note(size ? fmt::format("settings {}", *size) : "settings");
  }
  void on_settings_ack() noexcept override { note("ack"); }
  void on_goaway(std::uint32_t last_stream) noexcept override {
    note(fmt::format("goaway {}", last_stream));
  }

  std::string text;

 private:
  void note(const std::string& line) {
    last_data_ = 0;
    text += (text.empty() ? "" : "\n") + line;
  }
  std::uint32_t last_data_ = 0;
};

/// What is heard of `bytes` when they come in pieces of `size`.
std::pair<Status, std::string> heard(Http2Parser::Sends sends, std::string_view bytes,
                                     std::size_t size) {
  Heard events;
  Http2Parser parser(sends, events);
  auto status = Status::Ok;
  for (std::size_t at = 0; at < bytes.size(); at += size)
    status = parser.feed(bytes.substr(at, size));
  return {status, events.text};
}

/// RFC 7541, C.3.1: GET http / www.example.com, which adds an entry to the table; then C.3.2, which
/// uses it.
const std::string kFirst("\x82\x86\x84\x41\x0fwww.example.com", 20);
const std::string kSecond("\x82\x86\x84\xbe\x58\x08no-cache", 14);
constexpr const char* kFirstFields = ":method=GET :scheme=http :path=/ :authority=www.example.com";

TEST_CASE("frames are told whatever their cuts") {
  struct Row {
    const char* name;
    std::string bytes;
    std::string want;
  };
  const std::string pad3 = std::string(1, '\3');
  const std::string priority(5, '\1');
  const Row rows[] = {
      {"headers that end the stream", headers(1, kFirst, kEndStream),
       fmt::format("headers 1 {} end", kFirstFields)},
      {"the table lasts", headers(1, kFirst) + headers(3, kSecond, kEndStream),
       fmt::format("headers 1 {} .\nheaders 3 {} cache-control=no-cache end", kFirstFields,
                   kFirstFields)},
      {"data in two frames", data(1, "ab") + data(1, "cd", kEndStream), "data 1 abcd\nend 1"},
      {"an empty frame ends a stream", data(5, "", kEndStream), "end 5"},
      {"padding is no content", data(1, pad3 + "ab" + std::string(3, '\0'), kPadded | kEndStream),
       "data 1 ab\nend 1"},
      {"padding alone", data(1, std::string("\x02\0\0", 3), kPadded | kEndStream), "end 1"},
      {"a pad length of nothing", data(1, std::string(1, '\0') + "x", kPadded), "data 1 x"},
      {"padding and priority round a block",
       headers(1, pad3 + priority + kFirst + std::string(3, '\0'), kPadded | kPriority),
       fmt::format("headers 1 {} .", kFirstFields)},
      {"a block in three frames",
       frame(1, kEndStream, 1, kFirst.substr(0, 2)) + frame(9, 0, 1, kFirst.substr(2, 7)) +
           frame(9, kEndHeaders, 1, kFirst.substr(9)),
       fmt::format("headers 1 {} end", kFirstFields)},
      {"a block whose last frame is empty", frame(1, 0, 1, kFirst) + frame(9, kEndHeaders, 1, ""),
       fmt::format("headers 1 {} .", kFirstFields)},
      {"a promise fills the table and is not told",
       frame(5, kEndHeaders, 1, big_endian(2, 4) + kFirst) + headers(3, kSecond),
       fmt::format("headers 3 {} cache-control=no-cache .", kFirstFields)},
      {"a reset", rst_stream(7, 8), "reset 7 8"},
      {"settings",
       settings(big_endian(3, 2) + big_endian(9, 4)) +
           settings(big_endian(1, 2) + big_endian(100, 4)) + settings_ack(),
       "settings\nsettings 100\nack"},
      {"a farewell, and the last one", goaway(0x7FFFFFFF) + goaway(5, "too many of you"),
       "goaway 2147483647\ngoaway 5"},
      {"a farewell with the reserved bit", frame(7, 0, 0, std::string("\x80\0\0\x07\0\0\0\0", 8)),
       "goaway 7"},
      {"what is not for us is passed over",
       frame(2, 0, 1, priority) + frame(6, 0, 0, "12345678") + frame(8, 0, 0, "1234") +
           frame(0xfe, 0xff, 9, "anything") + data(1, "x"),
       "data 1 x"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (std::size_t size = 1; size <= row.bytes.size(); ++size) {
      CAPTURE(size);
      const auto [status, text] = heard(Http2Parser::Sends::Server, row.bytes, size);
      REQUIRE(status == Status::Ok);
      REQUIRE(text == row.want);
    }
  }
}

TEST_CASE("a client sends the preface first") {
  const auto bytes = std::string(kPreface) + settings() + data(1, "x");
  for (std::size_t size = 1; size <= bytes.size(); ++size) {
    const auto [status, text] = heard(Http2Parser::Sends::Client, bytes, size);
    REQUIRE(status == Status::Ok);
    REQUIRE(text == "settings\ndata 1 x");
  }
  CHECK(heard(Http2Parser::Sends::Client, "PRI * HTTP/2.0\r\n\r\nSX", 100).first ==
        Status::Malformed);
}

TEST_CASE("what breaks the rules of frames is doubted, and nothing is told after it") {
  struct Row {
    const char* name;
    std::string bytes;
    Status want;
  };
  const Row rows[] = {
      {"data of no stream", data(0, "x"), Status::Malformed},
      {"headers of no stream", headers(0, kFirst), Status::Malformed},
      {"a continuation of nothing", frame(9, kEndHeaders, 1, kFirst), Status::Malformed},
      {"another frame within a block", frame(1, 0, 1, kFirst) + data(1, "x"), Status::Malformed},
      {"another stream within a block", frame(1, 0, 1, kFirst) + frame(9, 0, 3, "x"),
       Status::Malformed},
      {"padding beyond the frame",
       data(1,
            "\x05"
            "ab",
            kPadded),
       Status::Malformed},
      {"no room for the pad length", data(1, "", kPadded), Status::Malformed},
      {"no room for the priority", headers(1, "abc", kPriority), Status::Malformed},
      {"a reset of another size", frame(3, 0, 1, "abc"), Status::Malformed},
      {"a farewell on a stream", frame(7, 0, 1, std::string(8, '\0')), Status::Malformed},
      {"a farewell without its stream", frame(7, 0, 0, "abc"), Status::Malformed},
      {"settings of another size", frame(4, 0, 0, "abc"), Status::Malformed},
      {"an index beyond the table", headers(1, "\xff\xff\xff\x7f"), Status::Malformed},
      {"a block that ends in mid-field", headers(1, kFirst.substr(0, 8)), Status::Malformed},
      {"an endless block",
       frame(1, 0, 1, std::string(60'000, '\x82')) + frame(9, 0, 1, std::string(10'000, '\x82')),
       Status::HeadTooLarge},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, row.bytes.size()}) {
      Heard events;
      Http2Parser parser(Http2Parser::Sends::Server, events);
      for (std::size_t at = 0; at < row.bytes.size(); at += size) {
        static_cast<void>(parser.feed(std::string_view(row.bytes).substr(at, size)));
      }
      const auto before = events.text;
      CHECK(parser.feed(data(1, "later")) == row.want);
      CHECK(events.text == before);
    }
  }
}

TEST_CASE("a table that was granted more is followed, up to a limit") {
  Heard events;
  Http2Parser parser(Http2Parser::Sends::Server, events);
  parser.set_header_table_size(8192);
  // RFC 7541, 6.3: the encoder says that it uses 8192 from now on.
  CHECK(parser.feed(headers(1, std::string("\x3f\xe1\x3f", 3) + kFirst)) == Status::Ok);
  parser.set_header_table_size(1'000'000);
  CHECK(parser.feed(headers(3, std::string("\x3f\xe1\xff\x07", 4) + kFirst)) == Status::Malformed);
}

}  // namespace
}  // namespace meshctl::http
