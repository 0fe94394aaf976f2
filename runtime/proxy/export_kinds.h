#pragma once

#include <string>

#include "runtime/proxy/exporter.h"
#include "runtime/telemetry/otlp_json.h"

namespace meshctl::proxy {

/// An OpenTelemetry collector, and whose usage it is told.
struct OtlpConfig {
  web::PostTarget target;
  Duration interval = std::chrono::seconds(10);
  telemetry::ResourceAttributes resource;
};

/// A dashboard, and in which namespace of Kubernetes we are.
struct DashboardTarget {
  web::PostTarget target;
  std::string name_space;
};

[[nodiscard]] Export export_to(OtlpConfig collector);
/// Every two seconds, over one connection, as of one instance: to be called once a process.
[[nodiscard]] Export export_to(DashboardTarget dashboard);

}  // namespace meshctl::proxy
