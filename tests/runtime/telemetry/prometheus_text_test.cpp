#include "runtime/telemetry/prometheus_text.h"

#include <doctest/doctest.h>

#include <set>
#include <sstream>
#include <string>

#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

Shard& filled(Shard& shard) {
  using std::chrono::microseconds;
  shard.on_call(call("GET", "/users/1", 200, microseconds(500), 0, 256));
  shard.on_call(call("GET", "/users/2", 200, microseconds(501), 0, 257));
  shard.on_call(call("GET", "/users/2", 502));
  shard.on_call(failed_call("/users/2", 502, ErrorType::UpstreamRefused));
  shard.on_call(failed_call("/x\"\\\n\x1b", 0, ErrorType::ClientAbort));
  shard.on_call(call("GET", "/slow", 200, std::chrono::seconds(61), 70'000'000));
  shard.on_active_calls(1);
  shard.connections().accepted.add(3);
  shard.connections().closed.add(1);
  shard.connections().doubted(TapDoubt::MalformedRequest);
  shard.connections().connect_failed(ErrorType::UpstreamRefused);
  shard.connections().speaks(ConnectionProtocol::Http1);
  return shard;
}

TEST_CASE("each count has its line under the names of the semantic conventions") {
  Shard shard;
  const auto text = prometheus_text(snapshot_of(filled(shard)),
                                    {std::chrono::milliseconds(1500), 4096, std::nullopt});
  const std::string users = "http_request_method=\"GET\",http_route=\"/users/{id}\",";
  const std::string ok =
      users + "http_response_status_code=\"200\",network_protocol_version=\"1.1\"";
  const std::string bad =
      users + "http_response_status_code=\"502\",network_protocol_version=\"1.1\"";
  const std::string duration = "http_server_request_duration_seconds";
  const std::string slow =
      "http_request_method=\"GET\",http_route=\"/slow\","
      "http_response_status_code=\"200\",network_protocol_version=\"1.1\"";
  const std::string wanted[] = {
      "# TYPE " + duration + " histogram",
      duration + "_bucket{" + ok + ",le=\"0.0005\"} 1",
      duration + "_bucket{" + ok + ",le=\"0.001\"} 2",
      duration + "_bucket{" + ok + ",le=\"60\"} 2",
      duration + "_bucket{" + ok + ",le=\"+Inf\"} 2",
      duration + "_sum{" + ok + "} 0.001001",
      duration + "_count{" + ok + "} 2",
      duration + "_bucket{" + slow + ",le=\"60\"} 0",
      duration + "_bucket{" + slow + ",le=\"+Inf\"} 1",
      duration + "_count{" + bad + ",error_type=\"502\"} 1",
      duration + "_count{" + bad + ",error_type=\"upstream_refused\"} 1",
      duration +
          "_count{http_request_method=\"GET\",http_route=\"/x\\\"\\\\%0A%1B\","
          "network_protocol_version=\"1.1\",error_type=\"client_abort\"} 1",
      "http_server_response_body_size_bytes_bucket{" + ok + ",le=\"256\"} 1",
      "http_server_response_body_size_bytes_bucket{" + ok + ",le=\"1024\"} 2",
      "http_server_response_body_size_bytes_sum{" + ok + "} 513",
      "http_server_request_body_size_bytes_bucket{" + ok + ",le=\"0\"} 2",
      "http_server_request_body_size_bytes_bucket{" + slow + ",le=\"67108864\"} 0",
      "http_server_request_body_size_bytes_count{" + slow + "} 1",
      "http_server_active_requests 1",
      "meshctl_accepted_connections_total 3",
      "meshctl_open_connections 2",
      "meshctl_connections_total{protocol=\"http1\"} 1",
      "meshctl_connections_total{protocol=\"tls\"} 0",
      "meshctl_tap_doubts_total{reason=\"malformed_request\"} 1",
      "meshctl_upstream_connect_failures_total{error_type=\"upstream_refused\"} 1",
      "meshctl_build_info{version=\"0.1.0\"} 1",
      "meshctl_service_info{service=\"web\",pod=\"web-1\"} 1",
      "process_start_time_seconds 1700000000.123",
      "process_cpu_seconds_total 1.5",
      "process_resident_memory_bytes 4096",
  };
  for (const auto& line : wanted) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("process_open_fds") == std::string::npos);
}

TEST_CASE("families do not interleave, no series is there twice, every family has its help") {
  Shard shard;
  std::istringstream lines(prometheus_text(snapshot_of(filled(shard)), {}));
  std::set<std::string> families, series;
  std::string family, line;
  while (std::getline(lines, line)) {
    CAPTURE(line);
    if (line.starts_with("# HELP ")) {
      family = line.substr(7, line.find(' ', 7) - 7);
      REQUIRE(families.insert(family).second);
    } else if (line.starts_with("# TYPE ")) {
      REQUIRE(line.starts_with("# TYPE " + family + " "));
    } else {
      REQUIRE(line.starts_with(family));
      REQUIRE(series.insert(line.substr(0, line.rfind(' '))).second);
    }
  }
  CHECK(families.size() == 22);
}

TEST_CASE("OpenMetrics names families without suffixes, gives units, and ends") {
  Shard shard;
  auto traced = call("GET", "/users/3", 200, std::chrono::milliseconds(2));
  traced.trace = {0x4bf92f3577b34da6, 0xa3ce929d0e0e4736};
  filled(shard).on_call(traced);
  const auto text = prometheus_text(snapshot_of(shard), {}, TextFormat::OpenMetrics);
  const std::string ok =
      "http_request_method=\"GET\",http_route=\"/users/{id}\",http_response_status_code=\"200\","
      "network_protocol_version=\"1.1\"";
  const std::string bucket = "http_server_request_duration_seconds_bucket{" + ok + ",le=";
  const std::string wanted[] = {
      "# TYPE http_server_request_duration_seconds histogram",
      "# UNIT http_server_request_duration_seconds seconds",
      bucket + "\"0.001\"} 2",
      bucket +
          "\"0.0025\"} 3 # {trace_id=\"4bf92f3577b34da6a3ce929d0e0e4736\"} 0.002 "
          "1700000000.125",
      bucket + "\"1.0\"} 3",
      "# TYPE meshctl_connection_received_bytes counter",
      "# UNIT meshctl_connection_received_bytes bytes",
      "meshctl_connection_received_bytes_total 0",
      "# TYPE meshctl_build info",
      "meshctl_build_info{version=\"0.1.0\"} 1",
  };
  for (const auto& line : wanted) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.ends_with("\n# EOF\n"));
  const auto plain = prometheus_text(snapshot_of(shard), {});
  CHECK(plain.find("trace_id") == std::string::npos);
  CHECK(plain.find("# EOF") == std::string::npos);
}

TEST_CASE("a series keeps the newest exemplar of a bucket, of all threads") {
  Shard shards[2];
  const auto count = [&](Shard& shard, std::uint64_t id, int at_ms) {
    auto record = call("GET", "/a", 200, std::chrono::milliseconds(2));
    record.request_start += std::chrono::milliseconds(at_ms);
    record.response_end += std::chrono::milliseconds(at_ms);
    record.trace = {0, id};
    shard.on_call(record);
  };
  count(shards[0], 1, 0);
  count(shards[0], 2, 20);
  count(shards[1], 3, 10);
  const Shard* both[] = {&shards[1], &shards[0]};
  const auto who = web_identity();
  const auto series = take(both, who, who.started).series;
  REQUIRE(series.size() == 1);
  REQUIRE(series[0].exemplars.size() == 1);
  CHECK(series[0].exemplars[0].trace == TraceId{0, 2});
}

TEST_CASE("OpenMetrics is the answer to who names it and prefers it") {
  struct Row {
    const char* accept;
    bool is_open;
  };
  const Row rows[] = {
      {"", false},
      {"*/*", false},
      {"text/plain", false},
      {"application/openmetrics-text", true},
      {"Application/OpenMetrics-Text; Version=1.0.0", true},
      {"application/openmetrics-text; version=\"1.0.0\"; charset=utf-8", true},
      {"application/openmetrics-text;version=2.0.0", false},
      {"application/openmetrics-text;version=0.0.1", false},
      {"application/openmetrics-text;q=0", false},
      {"application/openmetrics-text;q=0.000", false},
      {"application/openmetrics-text;q=bad", false},
      {"application/openmetrics-text;q=0.5,text/plain;q=0.4", true},
      {"application/openmetrics-text;q=0.5,text/plain;q=0.5", true},
      {"application/openmetrics-text;q=0.5 , text/plain", false},
      {"application/openmetrics-text;q=0.05,text/plain;q=0.1", false},
      {"application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;"
       "q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
       true},
      {",;,application/openmetrics-text", true},
  };
  for (const Row& row : rows) {
    CAPTURE(row.accept);
    CHECK((format_for(row.accept) == TextFormat::OpenMetrics) == row.is_open);
  }
}

TEST_CASE("a service name cannot break out of its label") {
  Shard shard;
  auto snapshot = snapshot_of(shard);
  snapshot.identity.service = "a\"} 1\nevil 2";
  const auto text = prometheus_text(snapshot, {});
  CHECK(has_line(text, "meshctl_service_info{service=\"a\\\"} 1\\nevil 2\",pod=\"web-1\"} 1"));
}

}  // namespace
}  // namespace meshctl::telemetry
