#include "runtime/proxy/cpu_limit.h"

#include <sched.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <limits>
#include <string>

namespace meshctl::proxy {
namespace {

namespace fs = std::filesystem;

constexpr double kNoLimit = std::numeric_limits<double>::infinity();

double ratio(double quota, double period) {
  return quota > 0 && period > 0 ? quota / period : kNoLimit;
}

/// Of the v2 group at `folder`: `200000 100000`, or `max 100000`.
double limit_v2(const fs::path& folder) {
  std::ifstream file(folder / "cpu.max");
  double quota = 0;
  double period = 0;
  return file >> quota >> period ? ratio(quota, period) : kNoLimit;
}

/// Of the v1 group at `folder`; -1 is no quota.
double limit_v1(const fs::path& folder) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us");
  std::ifstream period_file(folder / "cpu.cfs_period_us");
  double quota = 0;
  double period = 0;
  return quota_file >> quota && period_file >> period ? ratio(quota, period) : kNoLimit;
}

bool has_cpu_controller(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

/// The strictest of the group at `path` below `mount` and all groups above it. In a container the
/// path may be the host's, and not be there: then only the mount itself counts.
template <typename Limit>
double strictest(const fs::path& mount, fs::path path, Limit limit) {
  double least = limit(mount);
  for (; path.has_relative_path(); path = path.parent_path()) {
    least = std::min(least, limit(mount / path.relative_path()));
  }
  return least;
}

std::size_t affinity() {
  cpu_set_t set;
  CPU_ZERO(&set);
  const bool known = ::sched_getaffinity(0, sizeof set, &set) == 0;
  return known ? std::max<std::size_t>(1, static_cast<std::size_t>(CPU_COUNT(&set))) : 1;
}

}  // namespace

std::size_t cpu_limit(const fs::path& root) {
  auto least = static_cast<double>(affinity());
  std::ifstream groups(root / "proc/self/cgroup");
  const fs::path mount = root / "sys/fs/cgroup";
  for (std::string line; std::getline(groups, line);) {  // `0::/path`, `4:cpu,cpuacct:/path`
    const auto first = line.find(':');
    const auto second = line.find(':', first + 1);
    if (first == std::string::npos || second == std::string::npos) continue;
    const auto controllers = line.substr(first + 1, second - first - 1);
    const fs::path path = line.substr(second + 1);
    if (controllers.empty()) {
      least = std::min(least, strictest(mount, path, limit_v2));
    } else if (has_cpu_controller(controllers)) {
      least = std::min(least, strictest(mount / "cpu", path, limit_v1));
    }
  }
  return std::max<std::size_t>(1, static_cast<std::size_t>(std::ceil(least)));
}

}  // namespace meshctl::proxy
