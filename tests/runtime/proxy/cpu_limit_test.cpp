#include "runtime/proxy/cpu_limit.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

namespace meshctl::proxy {
namespace {

namespace fs = std::filesystem;

/// A root with a few files of /proc and /sys.
class Root {
 public:
  explicit Root(const std::vector<std::pair<std::string, std::string>>& files) {
    std::string name = (fs::temp_directory_path() / "meshctl-cpu-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    for (const auto& [file, text] : files) {
      fs::create_directories((path_ / file).parent_path());
      std::ofstream(path_ / file) << text;
    }
  }
  ~Root() { fs::remove_all(path_); }
  const fs::path& path() const { return path_; }

 private:
  fs::path path_;
};

std::size_t limit_with(const std::vector<std::pair<std::string, std::string>>& files) {
  const Root root(files);
  return cpu_limit(root.path());
}

TEST_CASE("the CPU limit is that of the strictest cgroup, rounded up") {
  const auto all = cpu_limit("/nowhere");  // the affinity alone
  CHECK(all >= 1);
  CHECK(limit_with({}) == all);
  CHECK(limit_with({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "max 100000\n"}}) ==
        all);
  CHECK(limit_with({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "50000 100000\n"}}) ==
        1);
  CHECK(
      limit_with({{"proc/self/cgroup", "0::/\n"}, {"sys/fs/cgroup/cpu.max", "150000 100000\n"}}) ==
      std::min<std::size_t>(2, all));
  CHECK(limit_with({{"proc/self/cgroup", "0::/a/b\n"},
                    {"sys/fs/cgroup/a/cpu.max", "20000 100000\n"},
                    {"sys/fs/cgroup/a/b/cpu.max", "900000 100000\n"}}) == 1);
  CHECK(limit_with({{"proc/self/cgroup", "3:cpuset:/\n4:cpu,cpuacct:/pod\n"},
                    {"sys/fs/cgroup/cpu/pod/cpu.cfs_quota_us", "10000\n"},
                    {"sys/fs/cgroup/cpu/pod/cpu.cfs_period_us", "100000\n"}}) == 1);
  CHECK(limit_with({{"proc/self/cgroup", "4:cpu,cpuacct:/\n"},
                    {"sys/fs/cgroup/cpu/cpu.cfs_quota_us", "-1\n"},
                    {"sys/fs/cgroup/cpu/cpu.cfs_period_us", "100000\n"}}) == all);
  CHECK(limit_with({{"proc/self/cgroup", "no\n::\n0::\n"},
                    {"sys/fs/cgroup/cpu.max", "nonsense\n"}}) == all);
}

}  // namespace
}  // namespace meshctl::proxy
