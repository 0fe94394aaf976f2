#include "runtime/telemetry/access_log.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

constexpr WallTime kEnd{std::chrono::nanoseconds(1'709'164'800'000'000'007)};  // a leap day

TEST_CASE("a call is one line of JSON, exact to the nanosecond") {
  std::string out = "kept\n";
  append_access_line(out,
                     call("GET", "/users/7", 200, std::chrono::nanoseconds(3'000'000'002), 5, 9),
                     "/users/{id}", kEnd);
  CHECK(out ==
        "kept\n"
        "{\"time\":\"2024-02-29T00:00:00.000000007Z\",\"http.request.method\":\"GET\","
        "\"url.path\":\"/users/7\",\"http.route\":\"/users/{id}\","
        "\"http.response.status_code\":200,\"network.protocol.version\":\"1.1\","
        "\"duration_ns\":3000000002,\"ttfb_ns\":1500000001,\"http.request.body.size\":5,"
        "\"http.response.body.size\":9}\n");
}

TEST_CASE("what did not happen is left out, and no query gets in") {
  std::string out;
  append_access_line(out, failed_call("/a?token=secret", 0, ErrorType::ClientAbort), "", kEnd);
  const auto json = nlohmann::json::parse(out);
  CHECK(json["url.path"] == "/a");
  CHECK(json["error.type"] == "client_abort");
  CHECK_FALSE(json.contains("http.route"));
  CHECK_FALSE(json.contains("http.response.status_code"));
  CHECK_FALSE(json.contains("ttfb_ns"));
}

TEST_CASE("a hostile path stays inside its string and its line") {
  std::string out;
  append_access_line(out, call("GET", "/\"},\n\x1b[2J\xff\\", 500), "/x", kEnd);
  CHECK(out.find('\n') == out.size() - 1);
  CHECK(out.find('\x1b') == std::string::npos);
  const auto json = nlohmann::json::parse(out);
  CHECK(json["url.path"] == "/\"},\n\x1b[2J\xEF\xBF\xBD\\");
  CHECK(json["error.type"] == "500");
}

TEST_CASE("a call is one line of text with its flags") {
  std::string out = "kept\n";
  append_access_text(out,
                     call("GET", "/users/7", 200, std::chrono::nanoseconds(3'000'000'002), 5, 9),
                     "/users/{id}", kEnd);
  append_access_text(out, failed_call("/a?token=secret", 0, ErrorType::ClientAbort), "", kEnd);
  CHECK(out.find("secret") == std::string::npos);
  CHECK(out.starts_with(
      "kept\n"
      "2024-02-29T00:00:00.000000007Z -- 200 3000.000002 1500.000001 5 9 \"GET /users/7 HTTP/1.1\" "
      "/users/{id} -\n"
      "2024-02-29T00:00:00.000000007Z C- - "));
  CHECK(out.ends_with("HTTP/1.1\" - client_abort\n"));
}

TEST_CASE("a hostile path stays inside its quotes, in plain ASCII") {
  std::string out;
  append_access_text(out, call("GET", "/\" 200\n\x1b[2J\xff\\\xE2\x80\xAE", 500), "/a b", kEnd);
  CHECK(out.find(R"("GET /\x22\x20200\x0A\x1B[2J\xFF\x5C\xE2\x80\xAE HTTP/1.1" /a\x20b 500)") !=
        std::string::npos);
  CHECK(out.find('\n') == out.size() - 1);
}

TEST_CASE("flags say who ended a call, and in which phase") {
  const auto flags = [](ErrorType error, CallPhase phase) {
    const auto two = termination_flags(error, phase);
    return std::string(two.data(), two.size());
  };
  CHECK(flags(ErrorType::None, CallPhase::Request) == "--");
  CHECK(flags(ErrorType::UpstreamRefused, CallPhase::Connect) == "SC");
  CHECK(flags(ErrorType::UpstreamTimeout, CallPhase::Head) == "sH");
  CHECK(flags(ErrorType::UpstreamClosed, CallPhase::Body) == "SD");
  CHECK(flags(ErrorType::UpstreamReset, CallPhase::Head) == "SH");
  CHECK(flags(ErrorType::ClientAbort, CallPhase::Request) == "CR");
  CHECK(flags(ErrorType::ProtocolError, CallPhase::Complete) == "P-");
}

TEST_CASE("marks that turn the reading direction are escaped in JSON") {
  std::string out;
  append_access_line(out, call("GET", "/\xE2\x80\xAEgnp.exe", 200), "/x", kEnd);
  CHECK(out.find("\xE2\x80\xAE") == std::string::npos);
  CHECK(nlohmann::json::parse(out)["url.path"] == "/\xE2\x80\xAEgnp.exe");
}

}  // namespace
}  // namespace meshctl::telemetry
