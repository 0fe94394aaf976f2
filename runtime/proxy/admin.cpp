#include "runtime/proxy/admin.h"

#include "runtime/proxy/process_usage.h"
#include "runtime/telemetry/json_stats.h"
#include "runtime/telemetry/prometheus_text.h"

namespace meshctl::proxy {
namespace {

constexpr std::string_view kIndex =
    "meshctl\n\n"
    "/metrics     usage, as Prometheus reads it\n"
    "/stats.json  usage, as JSON\n"
    "/ready       200 while connections are taken, 503 while draining\n"
    "/live        200 while this process runs\n";

}  // namespace

web::Response Admin::answer(const web::Request& request) const {
  if (request.method != "GET" && request.method != "HEAD") {
    return {.status = 405, .body = "only GET and HEAD are answered here\n", .allow = "GET, HEAD"};
  }
  const auto path = request.path();
  if (path == "/metrics") {
    const auto format = telemetry::format_for(request.accept);
    return {.content_type = telemetry::content_type_of(format),
            .body = telemetry::prometheus_text(source_.snapshot(), process_usage(), format)};
  }
  if (path == "/stats.json") {
    return {.content_type = "application/json",
            .body = telemetry::json_stats(source_.snapshot()) + "\n"};
  }
  if (path == "/live") return {.body = "alive\n"};
  if (path == "/ready") {
    if (source_.is_ready()) return {.body = "ready\n"};
    return {.status = 503, .body = "draining\n"};
  }
  if (path == "/") return {.body = std::string(kIndex)};
  return {.status = 404, .body = "there is no such page; / lists them\n"};
}

}  // namespace meshctl::proxy
