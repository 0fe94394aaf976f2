#include "runtime/telemetry/report.h"

#include <doctest/doctest.h>

#include <nlohmann/json.hpp>

#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::milliseconds;

Snapshot two_calls() {
  Shard shard;
  shard.on_call(call("GET", "/a", 200, milliseconds(10), 0, 100));
  shard.on_call(call("GET", "/b", 503, milliseconds(40)));
  return snapshot_of(shard);
}

std::vector<GateVerdict> verdicts(const Snapshot& snapshot) {
  return judge({*parse_gate("errors>0"), *parse_gate("p99>1s")}, snapshot);
}

TEST_CASE("Markdown tells the verdicts, then the routes") {
  const auto snapshot = two_calls();
  CHECK(markdown_report(snapshot, verdicts(snapshot)) ==
        "### Usage of web: 1 of 2 gates broken\n\n"
        "| gate | | it was |\n|---|---|---|\n"
        "| errors&gt;0 | **broken** | 1 |\n"
        "| p99&gt;1s | holds | 40.0 ms |\n\n"
        "| route | calls | errors | p50 | p95 | p99 | in | out |\n"
        "|---|---:|---:|---:|---:|---:|---:|---:|\n"
        "| /a | 1 | 0.0 % | 10.0 ms | 10.0 ms | 10.0 ms | 0 B | 100 B |\n"
        "| /b | 1 | 100.0 % | 40.0 ms | 40.0 ms | 40.0 ms | 0 B | 0 B |\n"
        "| **total** | 2 | 50.0 % | 10.1 ms | 40.0 ms | 40.0 ms | 0 B | 100 B |\n"
        "\nErrors: 503 1\n"
        "\n2 calls in 10.0 s, measured by meshctl 0.1.0\n");
  CHECK(markdown_report(snapshot, {}).starts_with("### Usage of web\n\n| route "));
  CHECK(markdown_report(snapshot, judge({*parse_gate("calls<1")}, snapshot))
            .starts_with("### Usage of web: all gates hold\n"));
}

TEST_CASE("of many routes the busiest are told, the others summed") {
  Snapshot snapshot = two_calls();
  for (int i = 0; i < 25; ++i) snapshot.routes.push_back({"/r" + std::to_string(i), {}});
  const auto text = markdown_report(snapshot, {});
  CHECK(text.find("| /r17 |") != std::string::npos);
  CHECK(text.find("| /r18 |") == std::string::npos);
  CHECK(text.find("| (7 more) |") != std::string::npos);
}

TEST_CASE("JUnit has a test case a gate") {
  const auto snapshot = two_calls();
  CHECK(junit_report(snapshot, verdicts(snapshot)) ==
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<testsuites tests=\"2\" failures=\"1\" time=\"10.000\">\n"
        "<testsuite name=\"meshctl web\" tests=\"2\" failures=\"1\" time=\"10.000\">\n"
        "<testcase classname=\"meshctl\" name=\"errors&gt;0\" time=\"0\">"
        "<failure message=\"it was 1\"/></testcase>\n"
        "<testcase classname=\"meshctl\" name=\"p99&gt;1s\" time=\"0\"/>\n"
        "</testsuite>\n</testsuites>\n");
}

TEST_CASE("JSON is that of the statistics, with the gates") {
  const auto snapshot = two_calls();
  const auto json = nlohmann::json::parse(json_report(snapshot, verdicts(snapshot)));
  CHECK(json["totals"]["calls"] == 2);
  CHECK(json["gates"] == nlohmann::json::parse(R"([
      {"gate": "errors>0", "broken": true, "was": "1"},
      {"gate": "p99>1s", "broken": false, "was": "40.0 ms"}])"));
}

TEST_CASE("names break out of no form") {
  Snapshot snapshot = two_calls();
  const std::string hostile = "a|b`<script>\n]]>\"'&\x1b[2J\xff";
  snapshot.identity.service = hostile;
  snapshot.routes[0].route = hostile;
  auto broken = judge({*parse_gate("errors>0")}, snapshot);
  broken[0].gate.text = hostile;
  const auto markdown = markdown_report(snapshot, broken);
  CHECK(markdown.find("| a\\|b\\`&lt;script&gt;?\\]\\]&gt;\"'&amp;?\\[2J? | ") !=
        std::string::npos);
  CHECK(markdown.find("<script") == std::string::npos);
  const auto junit = junit_report(snapshot, broken);
  CHECK(junit.find("name=\"a|b`&lt;script&gt;?]]&gt;&quot;&apos;&amp;?[2J?\"") !=
        std::string::npos);
  CHECK_FALSE(nlohmann::json::parse(json_report(snapshot, broken), nullptr, false).is_discarded());
}

}  // namespace
}  // namespace meshctl::telemetry
