#include "runtime/http/websocket_parser.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::http {
namespace {

using namespace std::string_literals;
using Sends = WebSocketParser::Sends;
using Status = WebSocketParser::Status;

struct Counts {
  std::uint64_t messages = 0;
  std::uint64_t payload_bytes = 0;
  std::uint16_t close_code = 0;
  Status status = Status::Ok;

  friend bool operator==(const Counts&, const Counts&) = default;
};

struct Row {
  const char* name;
  Sends sends;
  std::string wire;
  Counts want;
};

Counts counts_of(const WebSocketParser& parser, Status status) {
  return {parser.messages(), parser.payload_bytes(), parser.close_code(), status};
}

Counts read_in_two(const Row& row, std::size_t cut) {
  WebSocketParser parser(row.sends);
  parser.feed(std::string_view(row.wire).substr(0, cut));
  const auto status = parser.feed(std::string_view(row.wire).substr(cut));
  return counts_of(parser, status);
}

Counts read_byte_by_byte(const Row& row) {
  WebSocketParser parser(row.sends);
  auto status = Status::Ok;
  for (const char byte : row.wire) status = parser.feed({&byte, 1});
  return counts_of(parser, status);
}

const std::string kMask = "\x11\x22\x33\x44";

TEST_CASE("WebSocket frames are counted alike wherever the reads are cut") {
  const Row rows[] = {
      {"a text", Sends::Server, "\x81\x05hello", {1, 5}},
      {"an empty message", Sends::Server, "\x82\x00"s, {1, 0}},
      {"a masked one", Sends::Client, "\x81\x85" + kMask + "xxxxx", {1, 5}},
      {"a masked one without payload",
       Sends::Client,
       "\x81\x80" + kMask + "\x81\x80" + kMask,
       {2, 0}},
      {"two in a row",
       Sends::Server,
       "\x81\x01"
       "a\x82\x02"
       "bc",
       {2, 3}},
      {"fragments are one message",
       Sends::Server,
       "\x01\x01"
       "a\x00\x02"
       "bc\x80\x01"
       "d"s,
       {1, 4}},
      {"a ping between fragments",
       Sends::Server,
       "\x01\x01"
       "a\x89\x02pp\x80\x01"
       "b"s,
       {1, 2}},
      {"half a message", Sends::Server, "\x81\x05he", {0, 2}},
      {"a length of 16 bits", Sends::Server, "\x82\x7e\x01\x00"s + std::string(256, 'x'), {1, 256}},
      {"a length of 64 bits",
       Sends::Server,
       "\x82\x7f\x00\x00\x00\x00\x00\x00\x01\x01"s + std::string(257, 'x') + "\x81\x01y",
       {2, 258}},
      {"a masked length of 16 bits",
       Sends::Client,
       "\x82\xfe\x00\x7e"s + kMask + std::string(126, 'x') + "\x89\x80" + kMask,
       {1, 126}},
      {"compressed (RSV1)", Sends::Server, "\xc1\x03xyz", {1, 3}},
      {"a close with a code", Sends::Server, "\x88\x02\x03\xe8", {0, 0, 1000}},
      {"a close with a code and a reason",
       Sends::Server,
       "\x88\x05\x03\xe9"
       "bye",
       {0, 0, 1001}},
      {"a masked close",
       Sends::Client,
       "\x88\x84" + kMask +
           "\x12\xca"
           "zz",
       {0, 0, 1000}},
      {"a close without a code", Sends::Server, "\x88\x00"s, {0, 0, 1005}},
      {"a pong that nobody asked for", Sends::Server, "\x8a\x00"s, {0, 0}},
      {"two closes, of which the first counts",
       Sends::Server,
       "\x88\x02\x03\xe8\x88\x02\x00\x00"s,
       {0, 0, 1000}},
      {"a close of one byte", Sends::Server, "\x88\x01x", {0, 0, 0, Status::Malformed}},
      {"a client that does not mask", Sends::Client, "\x81\x05hello", {0, 0, 0, Status::Malformed}},
      {"a server that masks", Sends::Server, "\x81\x85" + kMask, {0, 0, 0, Status::Malformed}},
      {"a long ping", Sends::Server, "\x89\x7e\x00\x80"s, {0, 0, 0, Status::Malformed}},
      {"a ping in fragments", Sends::Server, "\x09\x00"s, {0, 0, 0, Status::Malformed}},
      {"an opcode that nobody knows", Sends::Server, "\x83\x00"s, {0, 0, 0, Status::Malformed}},
      {"a control opcode that nobody knows",
       Sends::Server,
       "\x8b\x00"s,
       {0, 0, 0, Status::Malformed}},
      {"a fragment of nothing", Sends::Server, "\x80\x00"s, {0, 0, 0, Status::Malformed}},
      {"a message within a message",
       Sends::Server,
       "\x01\x01"
       "a\x81\x01"
       "b",
       {0, 1, 0, Status::Malformed}},
      {"a length beyond 63 bits",
       Sends::Server,
       "\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"s,
       {0, 0, 0, Status::Malformed}},
      {"nothing is read after a doubt",
       Sends::Server,
       "\x81\x01"
       "a\x83\x00\x81\x01"
       "a"s,
       {1, 1, 0, Status::Malformed}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (std::size_t cut = 0; cut <= row.wire.size(); ++cut) {
      CAPTURE(cut);
      CHECK(read_in_two(row, cut) == row.want);
    }
    CHECK(read_byte_by_byte(row) == row.want);
  }
}

TEST_CASE("a payload beyond memory is passed over by its length") {
  WebSocketParser parser(Sends::Server);
  parser.feed("\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00"s);
  const std::string block(1 << 20, 'x');
  for (int i = 0; i < 4096; ++i) parser.feed(block);
  CHECK(parser.messages() == 1);
  CHECK(parser.payload_bytes() == std::uint64_t{1} << 32U);
  CHECK(parser.feed("\x81\x01z") == Status::Ok);
  CHECK(parser.messages() == 2);
}

}  // namespace
}  // namespace meshctl::http
