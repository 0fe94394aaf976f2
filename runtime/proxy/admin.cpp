#include "runtime/proxy/admin.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include "runtime/proxy/process_usage.h"
#include "runtime/telemetry/html_page.h"
#include "runtime/telemetry/json_stats.h"
#include "runtime/telemetry/prometheus_text.h"

namespace meshctl::proxy {
namespace {

constexpr std::string_view kNoSuchPage =
    "there is no such page; there are\n\n"
    "/            usage, for people\n"
    "/metrics     usage, as Prometheus reads it\n"
    "/stats.json  usage, as JSON\n"
    "/ready       200 while connections are taken, 503 while draining\n"
    "/live        200 while this process runs\n"
    "/drain       POST, over loopback: ends as TERM does\n";

constexpr std::string_view kNoDrain =
    "this proxy can only be drained over loopback: both ends of the connection must be loopback "
    "addresses\n\n"
    "in the pod: from another of its containers, POST to 127.0.0.1\n"
    "from outside: `kubectl port-forward` or `oc port-forward` to this port, then POST to "
    "localhost\n"
    "the signal TERM does the same\n";

constexpr std::array<std::string_view, 5> kPages{"/", "/metrics", "/stats.json", "/ready", "/live"};

/// Rates of less time jump.
constexpr Duration kLeastInterval = std::chrono::seconds(1);

using Shared = std::shared_ptr<const telemetry::Snapshot>;

web::Response metrics(Shared snapshot, telemetry::TextFormat format) {
  return {.content_type = telemetry::content_type_of(format),
          .make_body = [snapshot = std::move(snapshot), format] {
            return telemetry::prometheus_text(*snapshot, process_usage(), format, node_usage());
          }};
}

telemetry::RawPaths raw_paths_for(const web::Request& request) noexcept {
  return request.is_over_loopback ? telemetry::RawPaths::Told : telemetry::RawPaths::Withheld;
}

web::Response stats(Shared snapshot, telemetry::RawPaths raw_paths) {
  return {.content_type = "application/json",
          .make_body = [snapshot = std::move(snapshot), raw_paths] {
            return telemetry::json_stats(*snapshot, raw_paths) + "\n";
          }};
}

web::Response refuse_method(std::string_view allowed) {
  return {.status = 405,
          .body = "only " + std::string(allowed) + " is answered here\n",
          .allow = allowed};
}

}  // namespace

web::Response Admin::page(telemetry::RawPaths raw_paths) {
  auto now = source_.snapshot();
  now.series.clear();
  now.stream_series.clear();
  if (!latest_ || now.uptime - latest_->uptime >= kLeastInterval) {
    earlier_ = std::move(latest_);
    latest_ = now;
  }
  return {.content_type = "text/html; charset=utf-8",
          .headers = telemetry::kHtmlPageHeaders,
          .make_body = [now = std::move(now), earlier = earlier_, ready = source_.is_ready(),
                        raw_paths] {
            return telemetry::html_page(now, earlier ? &*earlier : nullptr, !ready, raw_paths);
          }};
}

web::Response Admin::answer(const web::Request& request) {
  const auto path = request.path();
  const bool only_reads = request.method == "GET" || request.method == "HEAD";
  if (path == "/drain") {
    if (request.method != "POST") return refuse_method("POST");
    if (!request.is_over_loopback) return {.status = 403, .body = std::string(kNoDrain)};
    source_.drain();
    return {.status = 202, .body = "draining\n"};
  }
  const bool is_page = std::ranges::find(kPages, path) != kPages.end();
  if (!only_reads && (is_page || request.method != "POST")) return refuse_method("GET, HEAD");
  if (path == "/") return page(raw_paths_for(request));
  if (path == "/metrics") {
    return metrics(std::make_shared<const telemetry::Snapshot>(source_.snapshot()),
                   telemetry::format_for(request.accept));
  }
  if (path == "/stats.json") {
    return stats(std::make_shared<const telemetry::Snapshot>(source_.snapshot()),
                 raw_paths_for(request));
  }
  if (path == "/live") return {.body = "alive\n"};
  if (path == "/ready") {
    if (source_.is_ready()) return {.body = "ready\n"};
    return {.status = 503, .body = "draining\n"};
  }
  return {.status = 404, .body = std::string(kNoSuchPage)};
}

}  // namespace meshctl::proxy
