#include "runtime/dashboard/slot.h"

#include <algorithm>

namespace meshctl::dashboard {
namespace {

/// 0 where it fell: the machine started anew.
std::uint64_t rise(Duration now, Duration before) noexcept {
  return now > before ? static_cast<std::uint64_t>((now - before).count()) : 0;
}

}  // namespace

void Slot::merge(const Slot& other, bool later) {
  usage.merge(other.usage);
  merge_machines(other, later);
}

void Slot::merge_machines(const Slot& other, bool later) noexcept {
  cpu_busy_ns += other.cpu_busy_ns;
  cpu_total_ns += other.cpu_total_ns;
  if (!later) {
    memory_bytes += other.memory_bytes;
    machines += other.machines;
  } else if (other.machines != 0) {
    memory_bytes = other.memory_bytes;
    machines = other.machines;
  }
}

void Slot::set_machine(const std::optional<telemetry::NodeUsage>& now,
                       const std::optional<telemetry::NodeUsage>& before) noexcept {
  if (!now) return;
  memory_bytes = now->memory_used_bytes;
  machines = 1;
  if (!before) return;
  cpu_total_ns = rise(now->cpu_total, before->cpu_total);
  cpu_busy_ns = std::min(rise(now->cpu_busy, before->cpu_busy), cpu_total_ns);
}

}  // namespace meshctl::dashboard
