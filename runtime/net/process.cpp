#include "runtime/net/process.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/resource.h>
#include <uv.h>

#include <filesystem>
#include <vector>

#include "runtime/net/descriptor.h"

namespace meshctl::net {

std::uint64_t raise_open_file_limit() noexcept {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  getrlimit(RLIMIT_NOFILE, &limit);
  return limit.rlim_cur;
}

bool has_room_for_files(std::size_t count) {
  std::vector<Descriptor> opened;
  for (std::size_t i = 0; i < count; ++i) {
    Descriptor file(::open("/", O_PATH | O_CLOEXEC));
    if (file.get() < 0) return false;
    opened.push_back(std::move(file));
  }
  return true;
}

void give_back_big_blocks() noexcept {
  // Chosen: more than a connection ever holds (256 KiB), so the data path keeps its blocks.
  constexpr int kBig = 512 * 1024;
  ::mallopt(M_MMAP_THRESHOLD, kBig);
  ::mallopt(M_TRIM_THRESHOLD, 2 * kBig);
}

void share_one_heap() noexcept {
  ::mallopt(M_ARENA_MAX, 1);
}

ProcessUse process_use() noexcept {
  ProcessUse use;
  rusage times{};
  if (getrusage(RUSAGE_SELF, &times) == 0) {
    const auto of = [](const timeval& t) {
      return std::chrono::seconds(t.tv_sec) + std::chrono::microseconds(t.tv_usec);
    };
    use.cpu = of(times.ru_utime) + of(times.ru_stime);
  }
  std::size_t resident = 0;
  if (uv_resident_set_memory(&resident) == 0) use.resident_bytes = resident;
  std::error_code error;
  for (std::filesystem::directory_iterator entry("/proc/self/fd", error), end;
       !error && entry != end; entry.increment(error)) {
    ++use.open_files;
  }
  return use;
}

std::optional<MachineUse> machine_use() {
  uv_cpu_info_t* cpus = nullptr;
  int count = 0;
  if (uv_cpu_info(&cpus, &count) != 0) return std::nullopt;
  std::uint64_t busy = 0;
  std::uint64_t idle = 0;
  for (int i = 0; i < count; ++i) {
    const auto& times = cpus[i].cpu_times;
    busy += times.user + times.nice + times.sys + times.irq;
    idle += times.idle;
  }
  uv_free_cpu_info(cpus, count);
  const auto total = uv_get_total_memory();
  const auto free = uv_get_free_memory();
  return MachineUse{std::chrono::milliseconds(busy), std::chrono::milliseconds(busy + idle),
                    total > free ? total - free : 0, total};
}

}  // namespace meshctl::net
