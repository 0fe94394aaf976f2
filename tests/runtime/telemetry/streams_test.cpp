#include <doctest/doctest.h>

#include <string>

#include <nlohmann/json.hpp>

#include "runtime/telemetry/access_log.h"
#include "runtime/telemetry/json_stats.h"
#include "runtime/telemetry/prometheus_text.h"
#include "runtime/telemetry/terminal_table.h"
#include "tests/runtime/telemetry/calls.h"

namespace meshctl::telemetry {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

StreamRecord websocket(std::string_view path, Duration duration, std::uint16_t close_code = 1000) {
  StreamRecord record;
  record.kind = StreamKind::WebSocket;
  record.path = path;
  record.status = 101;
  record.start = Instant{std::chrono::seconds(1000)};
  record.end = record.start + duration;
  record.received_bytes = 7;
  record.sent_bytes = 9;
  record.received_messages = 2;
  record.sent_messages = 3;
  record.close_code = close_code;
  return record;
}

CallRecord stream_call(std::string_view path, StreamKind kind, Duration duration) {
  auto record = call("GET", path, 200, duration, 0, 5);
  record.stream = kind;
  return record;
}

CallRecord grpc_stream(std::uint16_t code, ErrorType error = ErrorType::None) {
  auto record = stream_call("/p.S/M", StreamKind::Grpc, milliseconds(3));
  record.protocol = CallProtocol::Grpc;
  record.grpc_status = code;
  record.error = error;
  record.request_messages = 1;
  record.response_messages = 4;
  return record;
}

Shard& filled(Shard& shard) {
  shard.on_call(call("GET", "/a", 200, milliseconds(1)));
  shard.on_call(stream_call("/events", StreamKind::EventStream, minutes(10)));
  shard.on_call(grpc_stream(14));
  shard.on_stream(websocket("/ws/1", minutes(2)));
  auto broken = websocket("/ws/2", milliseconds(20), 0);
  broken.error = ErrorType::UpstreamReset;
  shard.on_stream(broken);
  shard.on_active_streams(StreamKind::WebSocket, 2);
  shard.on_active_streams(StreamKind::WebSocket, -1);
  shard.on_messages(MessageProtocol::WebSocket, Flow::Received, 4, 14);
  shard.on_messages(MessageProtocol::WebSocket, Flow::Sent, 6, 18);
  shard.on_messages(MessageProtocol::Grpc, Flow::Sent, 4, 40);
  shard.connections().met({"1.3", "b.example", "h2"});
  shard.connections().met({"1.3", "a.example", "h2,http/1.1"});
  shard.connections().met({"1.2", "a.example", ""});
  shard.connections().server_first.count("ssh");
  return shard;
}

bool has_line(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

TEST_CASE("the duration of a stream is no response time") {
  Shard shard;
  const auto snapshot = snapshot_of(filled(shard));
  CHECK(snapshot.totals.calls == 3);
  CHECK(snapshot.totals.response_body_bytes == 10);
  CHECK(snapshot.totals.duration.count == 1);
  CHECK(snapshot.totals.duration.max_ns == 1'000'000);
  CHECK(snapshot.totals.time_to_first_byte.count == 3);
  CHECK(snapshot.series.size() == 1);
  CHECK(snapshot.stream_series.size() == 4);
  CHECK(snapshot.totals.errors == 1);  // UNAVAILABLE
}

TEST_CASE("streams have their lines in /metrics") {
  Shard shard;
  const auto text = prometheus_text(snapshot_of(filled(shard)), {});
  const std::string duration = "meshctl_stream_duration_seconds";
  const std::string ws = "{stream=\"websocket\",http_route=\"/ws/{id}\"";
  const std::string wanted[] = {
      "# TYPE " + duration + " histogram",
      duration + "_bucket" + ws + ",le=\"60\"} 0",
      duration + "_bucket" + ws + ",le=\"120\"} 1",
      duration + "_sum" + ws + "} 120",
      duration + "_count" + ws + "} 1",
      duration + "_bucket" + ws + ",error_type=\"upstream_reset\",le=\"0.01\"} 0",
      duration + "_bucket" + ws + ",error_type=\"upstream_reset\",le=\"0.02\"} 1",
      duration + "_bucket{stream=\"event_stream\",http_route=\"/events\",le=\"3600\"} 1",
      duration + "_count{stream=\"grpc\",http_route=\"/p.S/M\",error_type=\"UNAVAILABLE\"} 1",
      "meshctl_active_streams{stream=\"websocket\"} 1",
      "meshctl_active_streams{stream=\"tunnel\"} 0",
      "meshctl_messages_total{protocol=\"websocket\",direction=\"received\"} 4",
      "meshctl_messages_total{protocol=\"websocket\",direction=\"sent\"} 6",
      "meshctl_messages_total{protocol=\"grpc\",direction=\"sent\"} 4",
      "meshctl_message_bytes_total{protocol=\"grpc\",direction=\"sent\"} 40",
      "meshctl_websocket_closes_total{code=\"1000\"} 1",
      "meshctl_websocket_closes_total{code=\"none\"} 1",
      "meshctl_websocket_closes_total{code=\"1001\"} 0",
      "meshctl_tls_client_hellos_total{version=\"1.3\"} 2",
      "meshctl_tls_client_hellos_total{version=\"1.2\"} 1",
      "meshctl_tls_client_hellos_total{version=\"1.0\"} 0",
  };
  for (const auto& line : wanted) {
    CAPTURE(line);
    CHECK(has_line(text, line));
  }
  CHECK(text.find("a.example") == std::string::npos);
}

TEST_CASE("streams, messages and names are in the JSON") {
  Shard shard;
  const auto json = nlohmann::json::parse(json_stats(snapshot_of(filled(shard)), RawPaths::Told));
  const auto& ws = json["streams"]["websocket"];
  CHECK(ws["active"] == 1);
  CHECK(ws["ended"] == 2);
  CHECK(ws["errors"] == 1);
  CHECK(ws["duration"]["max_ns"] == 120'000'000'000);
  CHECK(json["streams"]["grpc"]["errors"] == 1);
  CHECK(json["streams"]["event_stream"]["ended"] == 1);
  CHECK(json["streams"]["tunnel"]["ended"] == 0);
  CHECK(json["messages"]["websocket"]["received"] ==
        nlohmann::json{{"messages", 4}, {"bytes", 14}});
  CHECK(json["messages"]["grpc"]["sent"]["messages"] == 4);
  CHECK(json["websocket_closes"] == nlohmann::json{{"1000", 1}, {"none", 1}});
  const auto& tls = json["connections"]["tls"];
  CHECK(tls["versions"] == nlohmann::json{{"1.2", 1}, {"1.3", 2}});
  CHECK(tls["alpn"] == nlohmann::json{{"h2", 1}, {"h2,http/1.1", 1}});
  CHECK(tls["server_names"] == nlohmann::json{{"a.example", 2}, {"b.example", 1}});
  CHECK(json["connections"]["server_first"] == nlohmann::json{{"ssh", 1}});
}

TEST_CASE("the table tells of streams and names where there are some") {
  Shard shard;
  CHECK(terminal_table(snapshot_of(shard), nullptr, {}).find("streams") == std::string::npos);
  shard.connections().met({"1.3", "evil\x1b[2J", ""});
  const auto text = terminal_table(snapshot_of(filled(shard)), nullptr, {});
  CHECK(text.find("\nstreams  websocket 1 open 2 ended  event_stream 0 open 1 ended") !=
        std::string::npos);
  CHECK(has_line(text, "messages  websocket in 4 out 6  grpc in 0 out 4"));
  CHECK(has_line(text, "tls servers  a.example 2  b.example 1  evil?[2J 1"));
  CHECK(has_line(text, "server first  ssh 1"));
}

TEST_CASE("a difference of snapshots has what came in between") {
  Shard shard;
  const auto before = snapshot_of(filled(shard));
  shard.on_stream(websocket("/ws/3", milliseconds(5), 4000));
  shard.on_messages(MessageProtocol::WebSocket, Flow::Sent, 1, 2);
  shard.connections().met({"1.3", "c.example", ""});
  const auto between = difference(snapshot_of(shard), before);
  const auto& ws = between.streams.kinds[static_cast<std::size_t>(StreamKind::WebSocket)];
  CHECK(ws.ended == 1);
  CHECK(ws.active == 1);
  CHECK(ws.errors == 0);
  CHECK(ws.duration.count == 1);
  CHECK(between.streams.messages[0][1].messages == 1);
  CHECK(between.streams.messages[0][0].bytes == 0);
  CHECK(between.streams.closes[kOtherCloseCode] == 1);
  CHECK(between.streams.closes[0] == 0);
  CHECK(between.connections.tls_server_names == NameTotals{{"c.example", 1}});
  CHECK(between.connections.server_first.empty());
}

TEST_CASE("close codes have labels of their own, or share one") {
  CHECK(close_code_name(close_code_index(0)) == "none");
  CHECK(close_code_name(close_code_index(999)) == "_OTHER");
  CHECK(close_code_name(close_code_index(1000)) == "1000");
  CHECK(close_code_name(close_code_index(1015)) == "1015");
  CHECK(close_code_name(close_code_index(1016)) == "_OTHER");
  CHECK(close_code_name(close_code_index(4999)) == "_OTHER");
}

TEST_CASE("series of streams are bounded, and none is lost") {
  Shard shard;
  std::uint64_t sent = 0;
  for (std::size_t route = 0; route < 150; ++route) {
    const auto path =
        "/" + std::string(1 + route % 15, 'w') + "/" + std::string(1 + route / 15, 'v');
    for (const auto kind : {StreamKind::EventStream, StreamKind::Tunnel}) {
      shard.on_call(stream_call(path, kind, milliseconds(1)));
      ++sent;
    }
  }
  for (std::uint16_t code = 0; code <= kNoGrpcStatus; ++code, ++sent)
    shard.on_call(grpc_stream(code));
  for (int error = 1; error < kErrorTypes; ++error) {
    for (std::uint16_t code = 0; code <= kNoGrpcStatus; ++code, ++sent)
      shard.on_call(grpc_stream(code, static_cast<ErrorType>(error)));
  }
  CHECK(shard.stream_series().size() <= StreamSeries::kCapacity);
  CHECK(shard.stream_series().size() > StreamSeries::kCapacity - StreamSeries::kReserved);
  std::uint64_t counted = 0;
  bool has_other = false;
  for (const auto& series : snapshot_of(shard).stream_series) {
    counted += series.duration.count();
    has_other = has_other || series.route == "{other}";
  }
  CHECK(counted == sent);
  CHECK(has_other);
}

TEST_CASE("names that peers choose are bounded") {
  NamedCounts names;
  for (int i = 0; i < 1000; ++i) names.count("host-" + std::to_string(i));
  names.count("host-0");
  NameTotals totals;
  names.add_to(totals);
  CHECK(totals.size() == NamedCounts::kMostNames + 1);
  CHECK(totals["host-0"] == 2);
  CHECK(totals["{other}"] == 1000 - NamedCounts::kMostNames);
}

TEST_CASE("a stream is one line of the access log, and a call that is one says so") {
  constexpr WallTime kEnd{std::chrono::nanoseconds(1'709'164'800'000'000'007)};
  std::string out;
  append_stream_line(out, websocket("/ws", milliseconds(5), 1001), {}, kEnd);
  CHECK(out ==
        "{\"time\":\"2024-02-29T00:00:00.000000007Z\",\"meshctl.stream\":\"websocket\","
        "\"url.path\":\"/ws\",\"duration_ns\":5000000,\"meshctl.received.bytes\":7,"
        "\"meshctl.sent.bytes\":9,\"meshctl.received.messages\":2,\"meshctl.sent.messages\":3,"
        "\"meshctl.websocket.close_code\":1001}\n");
  out.clear();
  auto tunnel = websocket("h:443", milliseconds(5));
  tunnel.kind = StreamKind::Tunnel;
  tunnel.error = ErrorType::UpstreamReset;
  append_stream_line(out, tunnel, {}, kEnd);
  const auto json = nlohmann::json::parse(out);
  CHECK(json["meshctl.stream"] == "tunnel");
  CHECK(json["error.type"] == "upstream_reset");
  CHECK_FALSE(json.contains("meshctl.sent.messages"));
  out.clear();
  append_access_line(out, grpc_stream(0), "", kEnd);
  const auto line = nlohmann::json::parse(out);
  CHECK(line["meshctl.stream"] == "grpc");
  CHECK(line["meshctl.received.messages"] == 1);
  CHECK(line["meshctl.sent.messages"] == 4);
}

}  // namespace
}  // namespace meshctl::telemetry
