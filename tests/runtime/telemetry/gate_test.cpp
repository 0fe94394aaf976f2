#include "runtime/telemetry/gate.h"

#include <doctest/doctest.h>

#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::milliseconds;

/// 10 s, 4 calls of 10, 20, 30 and 400 ms; the last failed. One of them on another route.
Snapshot four_calls() {
  Shard shard;
  shard.on_call(call("GET", "/a", 200, milliseconds(10)));
  shard.on_call(call("GET", "/a", 200, milliseconds(20)));
  shard.on_call(call("GET", "/b/7", 200, milliseconds(30)));
  shard.on_call(call("GET", "/a", 503, milliseconds(400)));
  return snapshot_of(shard);
}

GateVerdict verdict(const std::string& text) {
  const auto gate = parse_gate(text);
  REQUIRE_MESSAGE(gate, text);
  return judge({*gate}, four_calls()).at(0);
}

TEST_CASE("a gate is broken when its condition holds at the end") {
  struct Row {
    const char* gate;
    bool is_broken;
    const char* was;
  };
  const Row rows[] = {
      {"calls<1", false, "4"},
      {"calls<5", true, "4"},
      {"calls==4", true, "4"},
      {"calls!=4", false, "4"},
      {"calls >= 4", true, "4"},
      {"calls<=3", false, "4"},
      {"errors>0", true, "1"},
      {"client_aborts>0", false, "0"},
      {"error_rate>1%", true, "25.00 % (1 of 4 calls)"},
      {"error_rate>25%", false, "25.00 % (1 of 4 calls)"},
      {"error_rate>=0.25", true, "25.00 % (1 of 4 calls)"},
      {"rps<1", true, "0.4 a second"},
      {"p50>25ms", false, "20.2 ms"},
      {"p99>250ms", true, "398 ms"},
      {"p99.9>0.25s", true, "398 ms"},
      {"p90 > 1m", false, "398 ms"},
      {"max>=400000us", true, "400 ms"},
      {"mean>200ms", false, "115 ms"},
      {"errors>0 on /a", true, "1"},
      {"errors>0 on /b/{id}", false, "0"},
      {"p95>100ms on /b/{id}", false, "30.0 ms"},
      {"calls<1 on /nowhere", true, "0"},
      {"p99>1ms on /nowhere", false, "no calls"},
      {"error_rate>=0% on /nowhere", false, "no calls"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.gate);
    const auto got = verdict(row.gate);
    CHECK(got.is_broken == row.is_broken);
    CHECK(got.was == row.was);
    CHECK(got.gate.text == row.gate);
  }
}

TEST_CASE("what is no gate is told with what to write instead") {
  struct Row {
    const char* text;
    const char* problem;
    const char* hint;
  };
  const char* const names =
      "one of: calls, errors, client_aborts, error_rate, rps, mean, p50, p90, p95, p99, p99.9, max";
  const char* const operators =
      "write < <= > >= == or !=, such as 'error_rate>1%' or 'p99>250ms on /orders/{id}'";
  const Row rows[] = {
      {"", "'' is no metric", names},
      {"latency>1s", "'latency' is no metric", names},
      {"p99", "there is no comparison behind 'p99'", operators},
      {"p99=1s", "there is no comparison behind 'p99'", operators},
      {"p99!1s", "there is no comparison behind 'p99'", operators},
      {"p99>250", "'250' is no value for p99", "write a number and a unit, such as 250ms or 2s"},
      {"p99>ms", "'ms' is no value for p99", "write a number and a unit, such as 250ms or 2s"},
      {"p99>-1ms", "'-1ms' is no value for p99", "write a number and a unit, such as 250ms or 2s"},
      {"p99>nanms", "'nanms' is no value for p99",
       "write a number and a unit, such as 250ms or 2s"},
      {"error_rate>5", "'5' is no value for error_rate",
       "write a share of the calls, such as 1% or 0.01"},
      {"error_rate>101%", "'101%' is no value for error_rate",
       "write a share of the calls, such as 1% or 0.01"},
      {"error_rate>1", "'1' is no value for error_rate", "write 1% or 100%"},
      {"error_rate>100%", "'error_rate>100%' can never be true",
       "write when the run is to fail, such as 'error_rate>1%' or 'p99>250ms on /orders/{id}'"},
      {"errors<0", "'errors<0' can never be true",
       "write when the run is to fail, such as 'error_rate>1%' or 'p99>250ms on /orders/{id}'"},
      {"calls>5%", "'5%' is no value for calls", "write a number without unit"},
      {"calls>", "'' is no value for calls", "write a number without unit"},
      {"rps<1 per second", "'1 per second' is no value for rps", "write a number without unit"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto gate = parse_gate(row.text);
    REQUIRE_FALSE(gate);
    CHECK(gate.error().problem == row.problem);
    CHECK(gate.error().hint == row.hint);
  }
}

}  // namespace
}  // namespace meshctl::telemetry
