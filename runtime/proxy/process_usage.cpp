#include "runtime/proxy/process_usage.h"

#include "runtime/net/process.h"

namespace meshctl::proxy {

telemetry::ProcessUsage process_usage() {
  const auto use = net::process_use();
  return {use.cpu, use.resident_bytes, use.open_files};
}

}  // namespace meshctl::proxy
