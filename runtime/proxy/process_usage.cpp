#include "runtime/proxy/process_usage.h"

#include "runtime/net/process.h"

namespace meshctl::proxy {

telemetry::ProcessUsage process_usage() {
  const auto use = net::process_use();
  return {use.cpu, use.resident_bytes, use.open_files};
}

std::optional<telemetry::NodeUsage> node_usage() {
  const auto use = net::machine_use();
  if (!use) return std::nullopt;
  return telemetry::NodeUsage{use->cpu_busy, use->cpu_total, use->memory_used_bytes,
                              use->memory_total_bytes};
}

}  // namespace meshctl::proxy
