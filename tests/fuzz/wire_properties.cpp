#include "tests/fuzz/wire_properties.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <utility>

#include "runtime/http/client_hello.h"
#include "runtime/http/detector.h"
#include "runtime/http/grpc_messages.h"
#include "runtime/http/http1_parser.h"
#include "runtime/http/http2_parser.h"
#include "runtime/http/server_banner.h"
#include "runtime/http/websocket_parser.h"

namespace meshctl::fuzz {
namespace {

struct Input {
  unsigned options = 0;
  std::string_view wire;
};

Input input_of(std::string_view bytes) {
  if (bytes.empty()) return {};
  return {static_cast<unsigned char>(bytes.front()), bytes.substr(1)};
}

/// Reads pieces that are a wire together, and writes down what it read.
using Reading = std::function<std::string(const std::function<std::string_view()>& next)>;

/// `wire` in pieces: the first of `first` bytes, the others of `size`.
std::string read_in_pieces(const Reading& reading, std::string_view wire, std::size_t first,
                           std::size_t size) {
  auto wanted = first;
  return reading([&] {
    const auto piece = wire.substr(0, std::exchange(wanted, size));
    wire.remove_prefix(piece.size());
    return piece;
  });
}

/// The places to cut in two at: all of a short wire, and some of a long one.
std::string broken_by_cuts(const Reading& reading, std::string_view wire) {
  const auto whole = read_in_pieces(reading, wire, wire.size(), 1);
  const auto bytewise = read_in_pieces(reading, wire, 1, 1);
  if (bytewise != whole) return fmt::format("byte by byte: {}\nnot: {}", bytewise, whole);
  const auto step = std::max<std::size_t>(1, wire.size() / 64);
  for (std::size_t cut = 1; cut < wire.size(); cut += step) {
    const auto in_two = read_in_pieces(reading, wire, cut, wire.size());
    if (in_two != whole) return fmt::format("cut at {}: {}\nnot: {}", cut, in_two, whole);
  }
  return "";
}

class Http1Notes final : public http::Http1Events {
 public:
  explicit Http1Notes(http::BodyRule rule) : rule_(rule) {}
  void on_message_begin() noexcept override { text += "begin "; }
  void on_target(std::string_view part) noexcept override { target_ += part; }
  void on_header_name(std::string_view part) noexcept override {
    if (in_value_) head_ += "\n";
    in_value_ = false;
    head_ += part;
  }
  void on_header_value(std::string_view part) noexcept override {
    if (!in_value_) head_ += "=";
    in_value_ = true;
    head_ += part;
  }
  http::BodyRule on_head(const http::Http1Head& head) noexcept override {
    text += fmt::format("{}\n{} {} {} {}\n", std::exchange(head_, {}), head.method,
                        std::exchange(target_, {}), head.status, head.is_version_10);
    return rule_;
  }
  void on_body(std::uint64_t bytes) noexcept override { body_ += bytes; }
  void on_message_end() noexcept override {
    text += fmt::format("body={} end\n", std::exchange(body_, 0));
  }
  std::string rest() const { return fmt::format("{} {} body={}", head_, target_, body_); }

  std::string text;

 private:
  http::BodyRule rule_;
  std::string target_;
  std::string head_;
  std::uint64_t body_ = 0;
  bool in_value_ = false;
};

class Http2Notes final : public http::Http2Events {
 public:
  void on_headers_begin(std::uint32_t stream) noexcept override {
    text += fmt::format("headers {}\n", stream);
  }
  void on_field(std::string_view name, std::string_view value) noexcept override {
    text += fmt::format("{}={}\n", name, value);
  }
  void on_headers_end(bool ends) noexcept override { text += ends ? "end stream\n" : "end\n"; }
  void on_data(std::uint32_t stream, std::string_view bytes) noexcept override {
    data_[stream] += bytes;
  }
  void on_data_end(std::uint32_t stream) noexcept override {
    text += fmt::format("data {} {}\n", stream, std::exchange(data_[stream], {}));
  }
  void on_reset(std::uint32_t stream, std::uint32_t code) noexcept override {
    text += fmt::format("reset {} {}\n", stream, code);
  }
  void on_settings(std::optional<std::uint32_t> size) noexcept override {
    text += fmt::format("settings {}\n", size.value_or(0));
    if (size && parser != nullptr) parser->set_header_table_size(*size);
  }
  void on_settings_ack() noexcept override { text += "ack\n"; }
  void on_goaway(std::uint32_t last_stream) noexcept override {
    text += fmt::format("goaway {}\n", last_stream);
  }
  std::string rest() const {
    std::string out;
    for (const auto& [stream, bytes] : data_) out += fmt::format("{}:{} ", stream, bytes);
    return out;
  }

  std::string text;
  /// Takes its own settings, so that tables of all sizes are tried.
  http::Http2Parser* parser = nullptr;

 private:
  std::map<std::uint32_t, std::string> data_;
};

template <typename Answer>
std::string broken_by_prefixes(std::string_view wire, const char* name, std::size_t most,
                               Answer (*answer)(std::string_view)) {
  auto known = Answer::NotYet;
  for (std::size_t size = 0; size <= std::min(wire.size(), most + 8); ++size) {
    const auto now = answer(wire.substr(0, size));
    if (known != Answer::NotYet && now != known)
      return fmt::format("{} takes {} back for {} at {}", name, static_cast<int>(known),
                         static_cast<int>(now), size);
    if (now == Answer::NotYet && size > most) return fmt::format("{} waits too long", name);
    known = now;
  }
  return "";
}

}  // namespace

std::string broken_detector(std::string_view input) {
  const auto wire = input_of(input).wire;
  constexpr std::size_t kFrameHeader = 9;
  auto broken = broken_by_prefixes<http::Detected>(
      wire, "detect", http::kMostBytes + http::kMostLineEnds,
      +[](std::string_view bytes) { return http::detect(bytes); });
  if (!broken.empty()) return broken;
  broken = broken_by_prefixes<http::Detected>(
      wire, "detect_server_first", kFrameHeader - 1,
      +[](std::string_view bytes) { return http::detect_server_first(bytes); });
  if (!broken.empty()) return broken;
  return broken_by_prefixes<http::ServerBanner>(
      wire, "name_banner", http::kMostBannerBytes - 1,
      +[](std::string_view bytes) { return http::name_banner(bytes); });
}

std::string broken_http1(std::string_view input) {
  using Parser = http::Http1Parser;
  const auto [options, wire] = input_of(input);
  const auto reads = (options & 1U) == 0 ? Parser::Reads::Requests : Parser::Reads::Responses;
  const auto headers = (options & 2U) == 0 ? Parser::Headers::Told : Parser::Headers::Skipped;
  const auto rule = static_cast<http::BodyRule>((options >> 2U) % 3);
  const Reading reading = [&](const auto& next) {
    Http1Notes notes(rule);
    Parser parser(reads, headers, notes);
    Parser::Progress progress{Parser::Status::Ok, 0};
    std::size_t consumed = 0;
    for (auto piece = next(); !piece.empty() && progress.status == Parser::Status::Ok;
         piece = next()) {
      progress = parser.feed(piece);
      consumed += progress.consumed;
    }
    const bool is_whole = parser.finish();
    // How much of a field is told before its fault is found depends on the cut.
    const bool is_sound = progress.status != Parser::Status::Malformed;
    return fmt::format("{}{} status={} consumed={} whole={}", notes.text,
                       is_sound ? notes.rest() : "", static_cast<int>(progress.status), consumed,
                       is_whole);
  };
  return broken_by_cuts(reading, wire);
}

std::string broken_http2(std::string_view input) {
  using Parser = http::Http2Parser;
  const auto [options, wire] = input_of(input);
  const auto sends = (options & 1U) == 0 ? Parser::Sends::Client : Parser::Sends::Server;
  const bool takes_settings = (options & 2U) != 0;
  const Reading reading = [&](const auto& next) {
    Http2Notes notes;
    Parser parser(sends, notes);
    if (takes_settings) notes.parser = &parser;
    auto status = Parser::Status::Ok;
    for (auto piece = next(); !piece.empty(); piece = next()) status = parser.feed(piece);
    return fmt::format("{}{} status={}", notes.text, notes.rest(), static_cast<int>(status));
  };
  return broken_by_cuts(reading, wire);
}

std::string broken_websocket(std::string_view input) {
  using Parser = http::WebSocketParser;
  const auto [options, wire] = input_of(input);
  const auto sends = (options & 1U) == 0 ? Parser::Sends::Client : Parser::Sends::Server;
  const Reading reading = [&](const auto& next) {
    Parser parser(sends);
    http::GrpcMessages messages;
    auto status = Parser::Status::Ok;
    for (auto piece = next(); !piece.empty(); piece = next()) {
      status = parser.feed(piece);
      messages.feed(piece);
    }
    return fmt::format("{} messages of {} close={} status={}; gRPC {} of {}", parser.messages(),
                       parser.payload_bytes(), parser.close_code(), static_cast<int>(status),
                       messages.count(), messages.payload_bytes());
  };
  return broken_by_cuts(reading, wire);
}

std::string broken_tls(std::string_view input) {
  const auto wire = input_of(input).wire;
  const Reading reading = [&](const auto& next) {
    http::ClientHelloReader reader;
    auto status = http::ClientHelloReader::Status::NeedMore;
    for (auto piece = next(); !piece.empty(); piece = next()) status = reader.feed(piece);
    const auto& hello = reader.hello();
    return fmt::format("{} {} {} {}", static_cast<int>(status), hello.version, hello.server_name,
                       hello.alpn);
  };
  http::ClientHello hello;
  const bool is_one = http::read_client_hello(wire, hello);
  const bool is_bounded = hello.server_name.size() <= http::ClientHello::kMostNameBytes &&
                          hello.alpn.size() <= http::ClientHello::kMostAlpnBytes;
  if (is_one && !is_bounded) return "a hello beyond its bounds";
  return broken_by_cuts(reading, wire);
}

int must_hold(std::string (*broken)(std::string_view), const std::uint8_t* data, std::size_t size) {
  const std::string input(data, data + size);
  const auto words = broken(input);
  if (words.empty()) return 0;
  std::fprintf(stderr, "broken promise: %s\n", words.c_str());
  std::abort();
}

}  // namespace meshctl::fuzz
