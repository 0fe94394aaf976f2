#include "runtime/http/request_wishes.h"

#include <doctest/doctest.h>

#include <string>

namespace meshctl::http {
namespace {

TEST_CASE("who asks for events or an upgrade wants a connection that stays") {
  struct Row {
    const char* fields;
    bool wants;
  };
  const Row rows[] = {
      {"Accept: text/event-stream\r\n", true},
      {"accept:text/event-stream\r\n", true},
      {"ACCEPT: */*, Text/Event-Stream ; q=0.5\r\n", true},
      {"Host: x\nAccept: text/event-stream\n", true},
      {"Accept: text/html\r\nAccept: text/event-stream\r\n", true},
      {"Upgrade: websocket\r\n", true},
      {"Accept: text/html, */*\r\n", false},
      {"Accept: text/event-streams\r\n", false},
      {"X-Accept: text/event-stream\r\n", false},
      {"Accept-Language: text/event-stream\r\n", false},
      {"Accept\r\nHost: x\r\n", false},
      {"", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fields);
    const std::string head = std::string("GET /e HTTP/1.1\r\n") + row.fields + "\r\n";
    CHECK(wants_stream(head) == row.wants);
    CHECK_FALSE(wants_stream(std::string("GET / HTTP/1.1\r\n\r\n") + row.fields));
  }
}

}  // namespace
}  // namespace meshctl::http
