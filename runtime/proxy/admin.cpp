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
    "/drain       POST: ends as TERM does\n";

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

web::Response stats(Shared snapshot) {
  return {.content_type = "application/json", .make_body = [snapshot = std::move(snapshot)] {
            return telemetry::json_stats(*snapshot) + "\n";
          }};
}

web::Response refuse_method(std::string_view allowed) {
  return {.status = 405,
          .body = "only " + std::string(allowed) + " is answered here\n",
          .allow = allowed};
}

}  // namespace

web::Response Admin::page() {
  auto now = source_.snapshot();
  now.series.clear();
  now.stream_series.clear();
  if (!latest_ || now.uptime - latest_->uptime >= kLeastInterval) {
    earlier_ = std::move(latest_);
    latest_ = now;
  }
  return {.content_type = "text/html; charset=utf-8",
          .headers = telemetry::kHtmlPageHeaders,
          .make_body = [now = std::move(now), earlier = earlier_, ready = source_.is_ready()] {
            return telemetry::html_page(now, earlier ? &*earlier : nullptr, !ready);
          }};
}

web::Response Admin::answer(const web::Request& request) {
  const auto path = request.path();
  const bool only_reads = request.method == "GET" || request.method == "HEAD";
  if (path == "/drain") {
    if (request.method != "POST") return refuse_method("POST");
    source_.drain();
    return {.status = 202, .body = "draining\n"};
  }
  const bool is_page = std::ranges::find(kPages, path) != kPages.end();
  if (!only_reads && (is_page || request.method != "POST")) return refuse_method("GET, HEAD");
  if (path == "/") return page();
  if (path == "/metrics") {
    return metrics(std::make_shared<const telemetry::Snapshot>(source_.snapshot()),
                   telemetry::format_for(request.accept));
  }
  if (path == "/stats.json") {
    return stats(std::make_shared<const telemetry::Snapshot>(source_.snapshot()));
  }
  if (path == "/live") return {.body = "alive\n"};
  if (path == "/ready") {
    if (source_.is_ready()) return {.body = "ready\n"};
    return {.status = 503, .body = "draining\n"};
  }
  return {.status = 404, .body = std::string(kNoSuchPage)};
}

}  // namespace meshctl::proxy
