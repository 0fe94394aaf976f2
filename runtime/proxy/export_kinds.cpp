#include "runtime/proxy/export_kinds.h"

#include <fmt/format.h>

#include <random>
#include <utility>

#include "runtime/proxy/process_usage.h"
#include "runtime/telemetry/push_json.h"

namespace meshctl::proxy {
namespace {

/// As long as the dashboard's finest slots.
constexpr Duration kDashboardInterval = std::chrono::seconds(2);

std::string random_instance() {
  std::random_device chance;
  return fmt::format("{:08x}{:08x}", chance(), chance());
}

std::string otlp_complaint(std::string_view body) {
  const auto partial = telemetry::read_partial_success(body);
  if (!partial) return {};
  return fmt::format("{} data points refused: {}", partial->rejected_data_points, partial->message);
}

}  // namespace

Export export_to(OtlpConfig collector) {
  return {.place = collector.target.url.to_string(),
          .target = std::move(collector.target),
          .interval = collector.interval,
          .prepare = [resource = std::move(collector.resource)](
                         std::shared_ptr<const telemetry::Snapshot> snapshot) -> Export::MakeText {
            return [snapshot = std::move(snapshot), usage = process_usage(), resource] {
              return telemetry::otlp_json(*snapshot, usage, resource);
            };
          },
          .complaint = otlp_complaint};
}

Export export_to(DashboardTarget dashboard) {
  auto place = fmt::format("the dashboard at {}", dashboard.target.url.to_string());
  // A push that comes twice changes no number.
  dashboard.target.keeps_connection = true;
  telemetry::PushOrigin origin{std::move(dashboard.name_space), random_instance(), 0};
  return {.place = std::move(place),
          .target = std::move(dashboard.target),
          .interval = kDashboardInterval,
          .prepare =
              [origin = std::move(origin)](
                  std::shared_ptr<const telemetry::Snapshot> snapshot) mutable -> Export::MakeText {
            ++origin.sequence;
            return [snapshot = std::move(snapshot), usage = process_usage(), node = node_usage(),
                    origin] { return telemetry::push_json(*snapshot, origin, usage, node); };
          },
          .complaint = [](std::string_view) { return std::string(); }};
}

}  // namespace meshctl::proxy
