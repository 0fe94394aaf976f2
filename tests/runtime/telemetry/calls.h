#pragma once

#include <chrono>
#include <cstdint>
#include <string_view>

#include "runtime/telemetry/call_record.h"
#include "runtime/telemetry/snapshot.h"

namespace meshctl::telemetry {

/// A call that lasted `duration`, its first response byte half way.
inline CallRecord call(std::string_view method, std::string_view path, std::uint16_t status,
                       Duration duration = std::chrono::milliseconds(1),
                       std::uint64_t request_body = 0, std::uint64_t response_body = 0) {
  CallRecord record;
  record.method = method;
  record.path = path;
  record.status = status;
  record.request_start = Instant{std::chrono::seconds(1000)};
  record.request_end = record.request_start;
  record.response_start = record.request_start + duration / 2;
  record.response_end = record.request_start + duration;
  record.request_body_bytes = request_body;
  record.response_body_bytes = response_body;
  return record;
}

inline CallRecord failed_call(std::string_view path, std::uint16_t status, ErrorType error) {
  auto record = call("GET", path, status);
  record.error = error;
  return record;
}

inline Identity web_identity() {
  return {"web", "web-1", "0.1.0",
          std::chrono::system_clock::time_point{std::chrono::milliseconds(1'700'000'000'123)},
          Instant{std::chrono::seconds(1000)}};
}

inline Snapshot snapshot_of(const Shard& shard, int seconds_later = 10) {
  const Shard* shards[] = {&shard};
  const auto who = web_identity();
  return take(shards, who, who.started + std::chrono::seconds(seconds_later));
}

}  // namespace meshctl::telemetry
