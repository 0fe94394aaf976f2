#pragma once

#include <cstddef>
#include <filesystem>

namespace meshctl::proxy {

/// How many CPUs this process may keep busy, rounded up, at least 1: what the cgroups above it (v2
/// `cpu.max`, v1 `cpu.cfs_quota_us`) and its affinity leave of the machine. More threads than that
/// are stopped by the kernel for the rest of each period (Kubernetes' CPU limit is such a quota).
/// `root` is where /proc and /sys are; another one is for tests.
[[nodiscard]] std::size_t cpu_limit(const std::filesystem::path& root = "/");

}  // namespace meshctl::proxy
