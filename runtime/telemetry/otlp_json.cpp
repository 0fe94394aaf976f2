#include "runtime/telemetry/otlp_json.h"

#include <charconv>

#include "runtime/telemetry/otlp_metrics.h"

namespace meshctl::telemetry {
namespace {

using Json = OtlpMetrics::Json;
using Attributes = OtlpMetrics::Attributes;
using Kind = OtlpMetrics::Kind;
using Named = OtlpMetrics::Named;

constexpr double kNanoseconds = 1e9;
constexpr double kBytes = 1;

/// OpenTelemetry semantic conventions, "HTTP metrics".
Attributes http_attributes(const SeriesStats& series) {
  Attributes attributes;
  attributes.add("http.request.method", name_of(series.method)).add("url.scheme", "http");
  attributes.add("http.route", series.route);
  if (series.status != 0) attributes.add("http.response.status_code", series.status);
  attributes.add("network.protocol.version", name_of(series.protocol));
  return attributes.add("error.type", error_type_of(series.status, series.error));
}

/// OpenTelemetry semantic conventions, "RPC metrics".
Attributes rpc_attributes(const SeriesStats& series) {
  const auto method = std::string_view(series.route).substr(series.route.starts_with('/') ? 1 : 0);
  Attributes attributes;
  attributes.add("rpc.system.name", "grpc").add("rpc.method", method);
  if (series.status != kNoGrpcStatus)
    attributes.add("rpc.response.status_code", grpc_status_name(series.status));
  return attributes.add("error.type", grpc_error_type_of(series.status, series.error));
}

using Labelled = std::vector<std::pair<const SeriesStats*, Attributes>>;

void put_histograms(OtlpMetrics& metrics, const Labelled& all, const Named& duration,
                    const Named& request, const Named& response) {
  metrics.begin_histogram(duration);
  for (const auto& [series, attributes] : all)
    metrics.point(kDurationBounds, series->duration, kNanoseconds, attributes, series->exemplars);
  metrics.begin_histogram(request);
  for (const auto& [series, attributes] : all)
    metrics.point(kBodyBounds, series->request_body, kBytes, attributes);
  metrics.begin_histogram(response);
  for (const auto& [series, attributes] : all)
    metrics.point(kBodyBounds, series->response_body, kBytes, attributes);
}

void put_calls(OtlpMetrics& metrics, const Snapshot& snapshot) {
  Labelled http;
  Labelled rpc;
  for (const SeriesStats& series : snapshot.series) {
    if (series.protocol == CallProtocol::Grpc) {
      rpc.emplace_back(&series, rpc_attributes(series));
    } else {
      http.emplace_back(&series, http_attributes(series));
    }
  }
  put_histograms(metrics, http,
                 {"http.server.request.duration", "s", "Duration of HTTP server requests."},
                 {"http.server.request.body.size", "By", "Size of HTTP server request bodies."},
                 {"http.server.response.body.size", "By", "Size of HTTP server response bodies."});
  put_histograms(metrics, rpc,
                 {"rpc.server.call.duration", "s", "Duration of incoming gRPC calls."},
                 {"rpc.server.request.size", "By", "Size of gRPC requests."},
                 {"rpc.server.response.size", "By", "Size of gRPC responses."});
  metrics.begin_sum(
      {"http.server.active_requests", "{request}", "Number of active HTTP server requests."},
      Kind::UpDownCounter);
  metrics.point(snapshot.active_calls);
}

void put_messages(OtlpMetrics& metrics, const StreamTotals& streams,
                  std::uint64_t StreamTotals::OfMessages::*count) {
  for (std::size_t i = 0; i < streams.messages.size(); ++i) {
    for (std::size_t flow = 0; flow < streams.messages[i].size(); ++flow) {
      Attributes attributes;
      attributes.add("protocol", name_of(static_cast<MessageProtocol>(i)))
          .add("direction", name_of(static_cast<Flow>(flow)));
      metrics.point(streams.messages[i][flow].*count, attributes);
    }
  }
}

void put_streams(OtlpMetrics& metrics, const Snapshot& snapshot) {
  metrics.begin_histogram({"meshctl.stream_duration", "s", "Duration of ended streams."});
  for (const StreamSeriesStats& series : snapshot.stream_series) {
    Attributes attributes;
    attributes.add("stream", name_of(series.kind))
        .add("http.route", series.route)
        .add("error.type", grpc_error_type_of(series.grpc_status, series.error));
    metrics.point(kStreamBounds, series.duration, kNanoseconds, attributes);
  }
  const StreamTotals& streams = snapshot.streams;
  metrics.begin_sum({"meshctl.active_streams", "{stream}", "Streams that are open."},
                    Kind::UpDownCounter);
  for (std::size_t i = 0; i < streams.kinds.size(); ++i) {
    Attributes attributes;
    attributes.add("stream", name_of(static_cast<StreamKind>(i)));
    metrics.point(streams.kinds[i].active, attributes);
  }
  metrics.begin_sum({"meshctl.messages", "{message}", "Complete messages."}, Kind::Counter);
  put_messages(metrics, streams, &StreamTotals::OfMessages::messages);
  metrics.begin_sum({"meshctl.message_bytes", "By", "Payload of messages, without framing."},
                    Kind::Counter);
  put_messages(metrics, streams, &StreamTotals::OfMessages::bytes);
  metrics.begin_sum({"meshctl.websocket_closes", "{stream}", "Ended WebSockets by close code."},
                    Kind::Counter);
  for (std::size_t i = 0; i < streams.closes.size(); ++i) {
    Attributes attributes;
    attributes.add("code", close_code_name(i));
    metrics.point(streams.closes[i], attributes);
  }
}

/// A counter with one point for each value of an enumeration from `first` on, zeros too.
template <typename Enum, std::size_t N>
void put_by(OtlpMetrics& metrics, const Named& named, std::string_view key,
            const std::array<std::uint64_t, N>& counts, std::size_t first) {
  metrics.begin_sum(named, Kind::Counter);
  for (std::size_t i = first; i < N; ++i) {
    Attributes attributes;
    attributes.add(key, name_of(static_cast<Enum>(i)));
    metrics.point(counts[i], attributes);
  }
}

void put_connections(OtlpMetrics& metrics, const ConnectionTotals& connections) {
  const auto counter = [&](const Named& named, std::uint64_t count) {
    metrics.begin_sum(named, Kind::Counter);
    metrics.point(count);
  };
  counter({"meshctl.accepted_connections", "{connection}", "Downstream connections accepted."},
          connections.accepted);
  put_by<ConnectionProtocol>(
      metrics, {"meshctl.connections", "{connection}", "Connections by what they speak."},
      "protocol", connections.by_protocol, 0);
  metrics.begin_sum({"meshctl.open_connections", "{connection}", "Connections that are open."},
                    Kind::UpDownCounter);
  metrics.point(connections.open);
  counter({"meshctl.connection_received_bytes", "By", "Bytes from downstream to upstream."},
          connections.received_bytes);
  counter({"meshctl.connection_sent_bytes", "By", "Bytes from upstream to downstream."},
          connections.sent_bytes);
  counter({"meshctl.accept_failures", "{connection}", "Connections that could not be accepted."},
          connections.accept_failures);
  put_by<ErrorType>(metrics,
                    {"meshctl.upstream_connect_failures", "{connection}",
                     "Connections to the application that failed."},
                    "error.type", connections.upstream_connect_failures, 1);
  put_by<TapDoubt>(
      metrics, {"meshctl.tap_doubts", "{connection}", "Connections that are no longer read along."},
      "reason", connections.doubts, 0);
  metrics.begin_sum(
      {"meshctl.tls_client_hellos", "{connection}", "TLS connections by the highest version."},
      Kind::Counter);
  for (const auto& [version, count] : connections.tls_versions) {
    Attributes attributes;
    attributes.add("version", version);
    metrics.point(count, attributes);
  }
}

void put_process(OtlpMetrics& metrics, const ProcessUsage& process) {
  if (process.cpu) {
    metrics.begin_sum({"process.cpu.time", "s", "User and system CPU time of meshctl."},
                      Kind::Counter);
    metrics.point(*process.cpu);
  }
  if (process.resident_bytes) {
    metrics.begin_sum({"process.memory.usage", "By", "Resident memory of meshctl."},
                      Kind::UpDownCounter);
    metrics.point(*process.resident_bytes);
  }
  if (process.open_fds) {
    metrics.begin_sum({"process.unix.file_descriptor.count", "{file_descriptor}",
                       "Open file descriptors of meshctl."},
                      Kind::UpDownCounter);
    metrics.point(*process.open_fds);
  }
}

}  // namespace

std::string otlp_json(const Snapshot& snapshot, const ProcessUsage& process,
                      const ResourceAttributes& resource) {
  OtlpMetrics metrics(snapshot);
  put_calls(metrics, snapshot);
  put_streams(metrics, snapshot);
  put_connections(metrics, snapshot.connections);
  metrics.begin_sum(
      {"meshctl.access_log_dropped_lines", "{line}", "Lines of the access log that were lost."},
      Kind::Counter);
  metrics.point(snapshot.access_log_dropped_lines);
  put_process(metrics, process);
  Attributes who;
  for (const auto& [key, value] : resource) who.add(key, value);
  const Json scope = {{"name", "meshctl"}, {"version", snapshot.identity.version}};
  Json scope_metrics = Json::object({{"scope", scope}, {"metrics", metrics.take()}});
  Json of_resource = Json::object();
  of_resource["resource"] = Json::object({{"attributes", who.list()}});
  of_resource["scopeMetrics"] = Json::array({std::move(scope_metrics)});
  Json request = Json::object();
  request["resourceMetrics"] = Json::array({std::move(of_resource)});
  // The resource comes from the environment: what is not UTF-8 in it becomes U+FFFD.
  return request.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<PartialSuccess> read_partial_success(std::string_view body) {
  const Json answer = Json::parse(body, nullptr, false);
  if (!answer.is_object() || !answer.contains("partialSuccess")) return std::nullopt;
  const Json& said = answer["partialSuccess"];
  if (!said.is_object()) return std::nullopt;
  PartialSuccess result;
  // The mapping has 64-bit integers as strings, and readers take numbers, too.
  const Json count = said.value("rejectedDataPoints", Json());
  if (count.is_number_unsigned()) result.rejected_data_points = count.get<std::uint64_t>();
  if (count.is_string()) {
    const auto& text = count.get_ref<const std::string&>();
    std::from_chars(text.data(), text.data() + text.size(), result.rejected_data_points);
  }
  const Json message = said.value("errorMessage", Json());
  if (message.is_string()) result.message = message.get<std::string>();
  if (result.rejected_data_points == 0 && result.message.empty()) return std::nullopt;
  return result;
}

}  // namespace meshctl::telemetry
