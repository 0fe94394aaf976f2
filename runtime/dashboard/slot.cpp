#include "runtime/dashboard/slot.h"

namespace meshctl::dashboard {

void Slot::merge(const Slot& other, bool later) {
  usage.merge(other.usage);
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

}  // namespace meshctl::dashboard
