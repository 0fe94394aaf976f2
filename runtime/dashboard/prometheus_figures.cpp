#include "runtime/dashboard/prometheus_figures.h"

#include <fmt/format.h>

#include <string_view>
#include <vector>

namespace meshctl::dashboard {
namespace {

constexpr std::string_view kInfo = "meshctl_service_info";

/// A string literal of PromQL.
std::string quoted(std::string_view text) {
  std::string literal = "\"";
  for (const char c : text) {
    if (c == '\\' || c == '"') literal += '\\';
    if (c == '\n') {
      literal += "\\n";
    } else {
      literal += c;
    }
  }
  return literal + "\"";
}

/// A regular expression (RE2) for one of the texts; of plain texts, as Prometheus looks them up in
/// its index.
std::string one_of(std::span<const std::string> texts) {
  std::string expression;
  for (const auto& text : texts) {
    if (&text != &texts.front()) expression += '|';
    for (const char c : text) {
      if (std::string_view(R"(\.+*?()|[]{}^$)").find(c) != std::string_view::npos)
        expression += '\\';
      expression += c;
    }
  }
  return quoted(expression);
}

std::string selector_now(std::string_view metric, std::string matchers,
                         const PrometheusScope& scope) {
  if (!scope.instances.empty()) {
    if (!matchers.empty()) matchers += ',';
    matchers += fmt::format("instance=~{}", one_of(scope.instances));
  }
  return fmt::format("{}{{{}}}", metric, matchers);
}

std::string selector(std::string_view metric, std::string matchers, const PrometheusScope& scope) {
  const auto plain = selector_now(metric, std::move(matchers), scope);
  if (scope.window_seconds == 0) return plain;
  return fmt::format("last_over_time({}[{}s])", plain, scope.window_seconds);
}

std::string last_scrape(const std::string& matchers, const PrometheusScope& scope) {
  const auto plain = selector_now(kInfo, matchers, scope);
  if (scope.window_seconds == 0) return fmt::format("timestamp({})", plain);
  return fmt::format("max_over_time(timestamp({})[{}s:60s]) or {}", plain, scope.window_seconds,
                     selector(kInfo, matchers, scope));
}

/// The ways in which a proxy bears a name: Prometheus renames a label that its own configuration
/// sets, too, and where a proxy has no name its target's is taken (prometheus_pushes.cpp).
std::vector<std::string> named(std::string_view label, std::string_view target_label,
                               const std::string& name) {
  const auto value = quoted(name);
  return {fmt::format("exported_{}={}", label, value),
          fmt::format("exported_{0}=\"\",{0}={1}", label, value),
          fmt::format("exported_{0}=\"\",{0}=\"\",{1}={2}", label, target_label, value)};
}

/// The matchers for the proxies of a scope: each has one of them.
std::vector<std::string> matchers_of(const PrometheusScope& scope) {
  if (scope.is_all()) return {""};
  const auto& subject = scope.subject;
  const auto name_space = fmt::format("namespace={}", quoted(subject.name_space));
  const auto pods =
      subject.pod.empty() ? std::vector<std::string>{""} : named("pod", "instance", subject.pod);
  std::vector<std::string> all;
  for (const auto& service : named("service", "job", subject.service)) {
    for (const auto& pod : pods)
      all.push_back(fmt::format("{},{}{}{}", name_space, service, pod.empty() ? "" : ",", pod));
  }
  return all;
}

template <typename Make>
std::string any_of(const PrometheusScope& scope, Make make) {
  std::string text;
  for (const auto& matchers : matchers_of(scope)) {
    if (!text.empty()) text += " or ";
    text += make(matchers);
  }
  return text;
}

/// Others' metrics may have the same names: those of our proxies alone.
std::string ours(std::string_view metric, const std::string& matchers,
                 const PrometheusScope& scope) {
  return fmt::format("{} and on (job, instance) ({})", selector(metric, matchers, scope),
                     any_of(scope, [&](const auto& each) { return selector(kInfo, each, scope); }));
}

std::string sum(std::string_view metric, std::string_view labels, std::string_view route_label,
                const PrometheusScope& scope, std::string matchers = {}) {
  auto by = std::string("job, instance, namespace");
  if (!labels.empty()) by += fmt::format(", {}", labels);
  if (scope.is_all()) by += fmt::format(", {}", route_label);
  if (auto route = std::string_view(scope.subject.route); !route.empty()) {
    // A gRPC method is its path without the slash.
    if (route_label == "rpc_method" && route.starts_with('/')) route.remove_prefix(1);
    if (!matchers.empty()) matchers += ',';
    matchers += route == kUnnamedRoute
                    ? fmt::format("{}=~{}", route_label, quoted(R"((\{other\})?)"))
                    : fmt::format("{}={}", route_label, quoted(route));
  }
  return fmt::format("sum by ({}) ({})", by, ours(metric, matchers, scope));
}

}  // namespace

std::string expression(Figure figure, const PrometheusScope& scope) {
  constexpr std::string_view kRoute = "http_route";
  constexpr std::string_view kMethod = "rpc_method";
  switch (figure) {
    case Figure::Info:
      return any_of(scope, [&](const auto& each) { return last_scrape(each, scope); });
    case Figure::StartTime: return ours("process_start_time_seconds", {}, scope);
    case Figure::Calls:
      return sum("http_server_request_duration_seconds_count",
                 "http_response_status_code, error_type", kRoute, scope);
    case Figure::GrpcCalls:
      return sum("rpc_server_call_duration_seconds_count", "rpc_response_status_code, error_type",
                 kMethod, scope);
    case Figure::StreamCalls:
      return sum("meshctl_stream_duration_seconds_count", "error_type", kRoute, scope,
                 R"(stream=~"event_stream|grpc")");
    case Figure::RequestBytes:
      return sum("http_server_request_body_size_bytes_sum", {}, kRoute, scope);
    case Figure::ResponseBytes:
      return sum("http_server_response_body_size_bytes_sum", {}, kRoute, scope);
    case Figure::GrpcRequestBytes:
      return sum("rpc_server_request_size_bytes_sum", {}, kMethod, scope);
    case Figure::GrpcResponseBytes:
      return sum("rpc_server_response_size_bytes_sum", {}, kMethod, scope);
    case Figure::Buckets:
      return sum("http_server_request_duration_seconds_bucket", "le", kRoute, scope);
    case Figure::GrpcBuckets:
      return sum("rpc_server_call_duration_seconds_bucket", "le", kMethod, scope);
    case Figure::OpenConnections: return ours("meshctl_open_connections", {}, scope);
    case Figure::ActiveCalls: return ours("http_server_active_requests", {}, scope);
    case Figure::MachineCpu: return ours("meshctl_machine_cpu_seconds_total", {}, scope);
    case Figure::MachineMemory: return ours("meshctl_machine_memory_used_bytes", {}, scope);
  }
  return {};
}

std::string who_was_there(std::int64_t window_seconds) {
  return selector(kInfo, {}, {.window_seconds = window_seconds});
}

}  // namespace meshctl::dashboard
