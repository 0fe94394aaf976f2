#pragma once

#include <cstdint>

#include "runtime/base/clock.h"

namespace meshctl::net {

/// Raises the soft limit of open files to the hard one, as far as the kernel lets us. Returns the
/// limit then in force.
std::uint64_t raise_open_file_limit() noexcept;

/// Has big blocks of memory, such as a page of metrics, given back to the kernel at once. glibc
/// keeps them after the first (mallopt(3), M_MMAP_THRESHOLD).
void give_back_big_blocks() noexcept;

/// What the kernel knows of this process. Zeros where it does not tell.
struct ProcessUse {
  Duration cpu{};  ///< user and system time together
  std::uint64_t resident_bytes = 0;
  std::uint64_t open_files = 0;
};

[[nodiscard]] ProcessUse process_use() noexcept;

}  // namespace meshctl::net
