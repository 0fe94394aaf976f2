#include "runtime/http/grpc_messages.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::http {
namespace {

using namespace std::string_literals;

TEST_CASE("gRPC messages are counted alike wherever their bytes are cut") {
  struct Row {
    const char* name;
    std::string content;
    std::uint64_t want;
  };
  const auto three =
      "\0\0\0\0\x03"
      "abc"s;
  const Row rows[] = {
      {"none", "", 0},
      {"one", three, 1},
      {"an empty one", "\0\0\0\0\0"s, 1},
      {"compressed", "\x01\0\0\0\x01z"s, 1},
      {"several", three + "\0\0\0\0\0"s + three, 3},
      {"half a prefix", three + "\0\0\0"s, 1},
      {"half a message",
       three + "\0\0\0\0\x03"
               "ab"s,
       1},
      {"a length of two bytes", "\0\0\0\x01\x02"s + std::string(258, 'x') + three, 2},
      {"a message beyond what comes",
       "\0\xff\xff\xff\xff"
       "abc"s,
       0},
  };
  for (const Row& row : rows) {
    CAPTURE(row.name);
    for (std::size_t cut = 0; cut <= row.content.size(); ++cut) {
      CAPTURE(cut);
      GrpcMessages messages;
      messages.feed(std::string_view(row.content).substr(0, cut));
      messages.feed(std::string_view(row.content).substr(cut));
      CHECK(messages.count() == row.want);
    }
    GrpcMessages messages;
    for (const char byte : row.content) messages.feed({&byte, 1});
    CHECK(messages.count() == row.want);
  }
}

}  // namespace
}  // namespace meshctl::http
