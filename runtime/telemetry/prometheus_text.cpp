#include "runtime/telemetry/prometheus_text.h"

#include <fmt/format.h>

#include <iterator>
#include <span>

#include "runtime/base/units.h"
#include "runtime/telemetry/escape.h"
#include "runtime/telemetry/exposition_text.h"

namespace meshctl::telemetry {
namespace {

std::string seconds(std::uint64_t ns) {
  return decimal_seconds(Duration{static_cast<Duration::rep>(ns)});
}
std::string bytes(std::uint64_t n) {
  return fmt::format("{}", n);
}

std::string escaped(std::string_view text) {
  std::string out;
  append_label_escaped(out, text);
  return out;
}

/// A label without a value is left out: to Prometheus both are the same.
std::string labels_of(const SeriesStats& series) {
  auto out = fmt::format("http_request_method=\"{}\",http_route=\"{}\"", name_of(series.method),
                         escaped(series.route));
  const auto append = std::back_inserter(out);
  if (series.status != 0)
    fmt::format_to(append, ",http_response_status_code=\"{}\"", series.status);
  fmt::format_to(append, ",network_protocol_version=\"{}\"", name_of(series.protocol));
  const auto error = error_type_of(series.status, series.error);
  if (!error.empty()) fmt::format_to(append, ",error_type=\"{}\"", error);
  return out;
}

/// gRPC's labels (OpenTelemetry semantic conventions, RPC).
std::string rpc_labels_of(const SeriesStats& series) {
  const auto method = std::string_view(series.route).substr(series.route.starts_with('/') ? 1 : 0);
  auto out = fmt::format("rpc_system_name=\"grpc\",rpc_method=\"{}\"", escaped(method));
  const auto append = std::back_inserter(out);
  if (series.status != kNoGrpcStatus)
    fmt::format_to(append, ",rpc_response_status_code=\"{}\"", grpc_status_name(series.status));
  const auto error = grpc_error_type_of(series.status, series.error);
  if (!error.empty()) fmt::format_to(append, ",error_type=\"{}\"", error);
  return out;
}

/// A series of the families at hand, with its labels.
using Labelled = std::vector<std::pair<const SeriesStats*, std::string>>;

struct CallFamilies {
  std::string_view duration;
  std::string_view duration_help;
  std::string_view request;
  std::string_view request_help;
  std::string_view response;
  std::string_view response_help;
};

constexpr CallFamilies kHttpFamilies{
    "http_server_request_duration_seconds",
    "Duration of HTTP calls, first request byte to last response byte.",
    "http_server_request_body_size_bytes",
    "Size of HTTP request bodies, without chunk framing.",
    "http_server_response_body_size_bytes",
    "Size of HTTP response bodies, without chunk framing.",
};
constexpr CallFamilies kRpcFamilies{
    "rpc_server_call_duration_seconds",
    "Duration of gRPC calls, first request byte to last response byte.",
    "rpc_server_request_size_bytes",
    "Size of gRPC requests, with message framing.",
    "rpc_server_response_size_bytes",
    "Size of gRPC responses, with message framing.",
};

std::vector<PrintedExemplar> printed(const SeriesStats& series, const Identity& identity) {
  std::vector<PrintedExemplar> all;
  for (const Exemplar& exemplar : series.exemplars) {
    const auto at = identity.started_at.time_since_epoch() + (exemplar.at - identity.started);
    all.push_back({exemplar.bucket, exemplar.trace, seconds(exemplar.value),
                   decimal_seconds(std::chrono::floor<std::chrono::milliseconds>(at))});
  }
  return all;
}

void put_families(ExpositionText& text, const CallFamilies& families, const Labelled& all,
                  const Identity& identity) {
  text.family(families.duration, "histogram", families.duration_help);
  for (const auto& [series, labels] : all)
    text.histogram(families.duration, labels, kDurationBounds, series->duration, seconds,
                   printed(*series, identity));
  text.family(families.request, "histogram", families.request_help);
  for (const auto& [series, labels] : all)
    text.histogram(families.request, labels, kBodyBounds, series->request_body, bytes);
  text.family(families.response, "histogram", families.response_help);
  for (const auto& [series, labels] : all)
    text.histogram(families.response, labels, kBodyBounds, series->response_body, bytes);
}

void put_calls(ExpositionText& text, const Snapshot& snapshot) {
  Labelled http;
  Labelled rpc;
  for (const SeriesStats& series : snapshot.series) {
    if (series.protocol == CallProtocol::Grpc) {
      rpc.emplace_back(&series, rpc_labels_of(series));
    } else {
      http.emplace_back(&series, labels_of(series));
    }
  }
  put_families(text, kHttpFamilies, http, snapshot.identity);
  if (!rpc.empty()) put_families(text, kRpcFamilies, rpc, snapshot.identity);
  text.single("http_server_active_requests", "gauge", "HTTP calls in flight.",
              snapshot.active_calls);
}

std::string stream_labels_of(const StreamSeriesStats& series) {
  auto out =
      fmt::format("stream=\"{}\",http_route=\"{}\"", name_of(series.kind), escaped(series.route));
  const auto error = grpc_error_type_of(series.grpc_status, series.error);
  if (!error.empty()) fmt::format_to(std::back_inserter(out), ",error_type=\"{}\"", error);
  return out;
}

void put_messages(ExpositionText& text, std::string_view name, std::string_view help,
                  const StreamTotals& streams, std::uint64_t StreamTotals::OfMessages::*count) {
  text.family(name, "counter", help);
  for (std::size_t i = 0; i < streams.messages.size(); ++i) {
    for (std::size_t flow = 0; flow < streams.messages[i].size(); ++flow) {
      text.line("{}{{protocol=\"{}\",direction=\"{}\"}} {}", name,
                name_of(static_cast<MessageProtocol>(i)), name_of(static_cast<Flow>(flow)),
                streams.messages[i][flow].*count);
    }
  }
}

void put_streams(ExpositionText& text, const Snapshot& snapshot) {
  constexpr std::string_view kDuration = "meshctl_stream_duration_seconds";
  text.family(kDuration, "histogram",
              "Duration of ended WebSockets, event streams, streaming gRPC calls and tunnels.");
  for (const StreamSeriesStats& series : snapshot.stream_series)
    text.histogram(kDuration, stream_labels_of(series), kStreamBounds, series.duration, seconds);
  const StreamTotals& streams = snapshot.streams;
  constexpr std::string_view kActive = "meshctl_active_streams";
  text.family(kActive, "gauge", "Streams that are open.");
  for (std::size_t i = 0; i < streams.kinds.size(); ++i)
    text.line("{}{{stream=\"{}\"}} {}", kActive, name_of(static_cast<StreamKind>(i)),
              streams.kinds[i].active);
  put_messages(text, "meshctl_messages_total", "Complete messages of WebSockets and gRPC calls.",
               streams, &StreamTotals::OfMessages::messages);
  put_messages(text, "meshctl_message_bytes_total",
               "Payload of messages of WebSockets and gRPC calls, without framing.", streams,
               &StreamTotals::OfMessages::bytes);
  constexpr std::string_view kCloses = "meshctl_websocket_closes_total";
  text.family(kCloses, "counter", "Ended WebSockets by the close code that came first.");
  for (std::size_t i = 0; i < streams.closes.size(); ++i)
    text.line("{}{{code=\"{}\"}} {}", kCloses, close_code_name(i), streams.closes[i]);
}

void put_connections(ExpositionText& text, const ConnectionTotals& connections) {
  text.single("meshctl_accepted_connections_total", "counter", "Downstream connections accepted.",
              connections.accepted);
  text.by<ConnectionProtocol>("meshctl_connections_total", "protocol",
                              "Connections by what they turned out to speak.",
                              connections.by_protocol, 0);
  text.single("meshctl_open_connections", "gauge", "Downstream connections that are open.",
              connections.open);
  text.single("meshctl_connection_received_bytes_total", "counter",
              "Bytes passed from downstream to upstream, framing included.",
              connections.received_bytes);
  text.single("meshctl_connection_sent_bytes_total", "counter",
              "Bytes passed from upstream to downstream, framing included.",
              connections.sent_bytes);
  text.single("meshctl_accept_failures_total", "counter", "Connections that could not be accepted.",
              connections.accept_failures);
  text.by<ErrorType>("meshctl_upstream_connect_failures_total", "error_type",
                     "Connections to the application that failed.",
                     connections.upstream_connect_failures, 1);
  text.by<TapDoubt>("meshctl_tap_doubts_total", "reason",
                    "Connections that are forwarded but no longer read along.", connections.doubts,
                    0);
  constexpr std::string_view kHellos = "meshctl_tls_client_hellos_total";
  text.family(kHellos, "counter", "TLS connections by the highest version that the client offers.");
  for (const std::string_view version : {"ssl3", "1.0", "1.1", "1.2", "1.3", "unknown"}) {
    const auto found = connections.tls_versions.find(version);
    text.line("{}{{version=\"{}\"}} {}", kHellos, version,
              found == connections.tls_versions.end() ? 0 : found->second);
  }
}

void put_process(ExpositionText& text, const Identity& identity, const ProcessUsage& process) {
  text.family("meshctl_build_info", "info", "1, labelled with the version of meshctl.");
  text.line("meshctl_build_info{{version=\"{}\"}} 1", escaped(identity.version));
  text.family("meshctl_service_info", "info", "1, labelled with the service that is reported on.");
  text.line("meshctl_service_info{{service=\"{}\",pod=\"{}\"}} 1", escaped(identity.service),
            escaped(identity.pod));
  const auto start = identity.started_at.time_since_epoch();
  text.single("process_start_time_seconds", "gauge",
              "Start time of the process since the Unix epoch in seconds.",
              decimal_seconds(std::chrono::duration_cast<std::chrono::milliseconds>(start)));
  if (process.cpu)
    text.single("process_cpu_seconds_total", "counter", "User and system CPU time in seconds.",
                decimal_seconds(*process.cpu));
  if (process.resident_bytes)
    text.single("process_resident_memory_bytes", "gauge", "Resident memory size in bytes.",
                *process.resident_bytes);
  if (process.open_fds)
    text.single("process_open_fds", "gauge", "Number of open file descriptors.", *process.open_fds);
}

/// For the dashboard, which shows the pod's machine beside its calls.
void put_machine(ExpositionText& text, const NodeUsage& node) {
  constexpr std::string_view kCpu = "meshctl_machine_cpu_seconds_total";
  text.family(kCpu, "counter", "Time of all cores of the machine, by what they did.");
  text.line("{}{{state=\"busy\"}} {}", kCpu, decimal_seconds(node.cpu_busy));
  text.line("{}{{state=\"idle\"}} {}", kCpu, decimal_seconds(node.cpu_total - node.cpu_busy));
  text.single("meshctl_machine_memory_used_bytes", "gauge", "Memory of the machine that is in use.",
              node.memory_used_bytes);
}

}  // namespace

std::string prometheus_text(const Snapshot& snapshot, const ProcessUsage& process,
                            TextFormat format, const std::optional<NodeUsage>& node) {
  ExpositionText text(format);
  put_calls(text, snapshot);
  put_streams(text, snapshot);
  put_connections(text, snapshot.connections);
  text.single("meshctl_access_log_dropped_lines_total", "counter",
              "Lines of the access log that were lost.", snapshot.access_log_dropped_lines);
  put_process(text, snapshot.identity, process);
  if (node) put_machine(text, *node);
  return text.take();
}

}  // namespace meshctl::telemetry
