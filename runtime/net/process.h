#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "runtime/base/clock.h"

namespace meshctl::net {

/// Raises the soft limit of open files to the hard one, as far as the kernel lets us. Returns the
/// limit then in force.
std::uint64_t raise_open_file_limit() noexcept;

/// Whether as many files more could be opened now. Opens none for longer than the call.
[[nodiscard]] bool has_room_for_files(std::size_t count);

/// Has big blocks of memory, such as a page of metrics, given back to the kernel at once. glibc
/// keeps them after the first (mallopt(3), M_MMAP_THRESHOLD).
void give_back_big_blocks() noexcept;

/// One heap for all threads: glibc gives each thread of the pool its own otherwise, which keeps
/// what the largest document took (mallopt(3), M_ARENA_MAX). The data path hardly allocates, so
/// loops do not wait for one another. Before threads start.
void share_one_heap() noexcept;

/// What the kernel knows of the machine (proc(5)).
struct MachineUse {
  Duration cpu_busy{};   ///< of all its cores since it started
  Duration cpu_total{};  ///< with their idle time
  std::uint64_t memory_used_bytes = 0;
  std::uint64_t memory_total_bytes = 0;
};
/// Nothing where it does not tell.
[[nodiscard]] std::optional<MachineUse> machine_use();

/// What the kernel knows of this process. Zeros where it does not tell.
struct ProcessUse {
  Duration cpu{};  ///< user and system time together
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
};

[[nodiscard]] ProcessUse process_use() noexcept;

}  // namespace meshctl::net
