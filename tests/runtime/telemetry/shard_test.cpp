#include "runtime/telemetry/shard.h"

#include <doctest/doctest.h>

#include <atomic>
#include <string>
#include <thread>

#include "tests/runtime/telemetry/calls.h"
#include "tests/runtime/telemetry/routes.h"

namespace meshctl::telemetry {
namespace {

TEST_CASE("an error is a 5xx or a failure on the way, never a caller that left") {
  struct Row {
    std::uint16_t status;
    ErrorType error;
    bool want;
    const char* error_type;
  };
  const Row rows[] = {
      {200, ErrorType::None, false, ""},
      {404, ErrorType::None, false, ""},
      {499, ErrorType::None, false, ""},
      {500, ErrorType::None, true, "500"},
      {503, ErrorType::None, true, "503"},
      {599, ErrorType::None, true, "599"},
      {600, ErrorType::None, false, ""},
      {502, ErrorType::UpstreamRefused, true, "upstream_refused"},
      {0, ErrorType::UpstreamReset, true, "upstream_reset"},
      {200, ErrorType::UpstreamClosed, true, "upstream_closed"},
      {0, ErrorType::ClientAbort, false, "client_abort"},
      {500, ErrorType::ClientAbort, true, "client_abort"},
      {0, ErrorType::UpstreamTimeout, true, "upstream_timeout"},
      {0, ErrorType::ProtocolError, true, "protocol_error"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.status);
    CAPTURE(row.error_type);
    CHECK(is_error(row.status, row.error) == row.want);
    CHECK(error_type_of(row.status, row.error) == row.error_type);
  }
}

TEST_CASE("methods that are not in the RFCs are _OTHER, whatever their case") {
  for (const char* known :
       {"GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"})
    CHECK(name_of(method_of(known)) == known);
  for (const char* other : {"", "get", "BREW", "GETS", "_OTHER"})
    CHECK(name_of(method_of(other)) == "_OTHER");
}

TEST_CASE("the active calls are those that began and did not end") {
  Shard shard;
  shard.on_active_calls(1);
  shard.on_active_calls(1);
  shard.on_active_calls(-1);
  CHECK(shard.active_calls() == 1);
  shard.on_active_calls(-1);
  CHECK(shard.active_calls() == 0);
}

TEST_CASE("a status beyond three digits is counted as 999") {
  Shard shard;
  shard.on_call(call("GET", "/", 65535));
  CHECK(shard.calls_with_status(999) == 1);
}

TEST_CASE("a reader on another thread sees counts that only grow, and all of them at the end") {
  constexpr std::uint64_t kCalls = 20'000;
  Shard shard;
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; i < kCalls; ++i) {
      const auto path = "/" + word(i % 300 % 18) + "/" + word(i % 300 / 18);
      shard.on_active_calls(1);
      shard.connections().accepted.add(1);
      shard.connections().received_bytes.add(10);
      shard.on_call(call("GET", path, static_cast<std::uint16_t>(200 + i % 7),
                         std::chrono::microseconds(1 + i), 1, 2));
      shard.connections().closed.add(1);
      shard.on_active_calls(-1);
    }
    done = true;
  });
  std::uint64_t last = 0;
  while (!done) {
    const auto seen = snapshot_of(shard);
    REQUIRE(seen.totals.calls >= last);
    last = seen.totals.calls;
  }
  writer.join();
  const auto end = snapshot_of(shard);
  CHECK(end.totals.calls == kCalls);
  CHECK(end.totals.duration.count == kCalls);
  CHECK(end.totals.time_to_first_byte.count == kCalls);
  CHECK(end.totals.request_body_bytes == kCalls);
  CHECK(end.totals.response_body_bytes == 2 * kCalls);
  CHECK(end.connections.open == 0);
  CHECK(end.connections.received_bytes == 10 * kCalls);
  CHECK(end.active_calls == 0);
  CHECK(end.routes.size() == 201);
  std::uint64_t in_series = 0;
  for (const auto& series : end.series) in_series += series.duration.count();
  CHECK(in_series == kCalls);
}

}  // namespace
}  // namespace meshctl::telemetry
