#include <doctest/doctest.h>

#include "tests/runtime/tap/conversation.h"

namespace meshctl::tap::testing {
namespace {

const std::string kId = "4bf92f3577b34da6a3ce929d0e0e4736";
const std::string kParent = "00-" + kId + "-00f067aa0ba902b7-01";

Part asked(const std::string& fields) {
  return client("GET /a HTTP/1.1\r\nHost: a\r\n" + fields + "Accept: */*\r\n\r\n");
}

TEST_CASE("the trace of a request is that of its one traceparent, wherever the reads are cut") {
  struct Row {
    std::string fields;
    std::string trace;
  };
  const Row rows[] = {
      {"traceparent: " + kParent + "\r\n", kId},
      {"TraceParent:" + kParent + "  \r\n", kId},
      {"traceparent: " + kParent + "\r\ntracestate: a=b\r\n", kId},
      {"", ""},
      {"traceparen: " + kParent + "\r\n", ""},
      {"traceparents: " + kParent + "\r\n", ""},
      {"x-traceparent: " + kParent + "\r\n", ""},
      {"traceparent: " + kParent + "-more-and-more\r\n", ""},
      {"traceparent: " + kParent + "\r\ntraceparent: " + kParent + "\r\n", ""},
      {"traceparent:\r\n", ""},
  };
  for (const Row& row : rows) {
    CAPTURE(row.fields);
    play_all_cuts({asked(row.fields), server("HTTP/1.1 204 No Content\r\n\r\n"), asked(""),
                   server("HTTP/1.1 204 No Content\r\n\r\n")},
                  Ending::ClientWent, [&](const Notes& notes) {
                    REQUIRE(notes.traces.size() == 2);
                    CHECK(notes.traces[0] == row.trace);
                    CHECK(notes.traces[1] == "");  // one head's field is not the next one's
                  });
  }
}

}  // namespace
}  // namespace meshctl::tap::testing
