#include "runtime/base/log.h"

#include <unistd.h>

#include <mutex>
#include <utility>

namespace meshctl {
namespace {

constexpr std::size_t kMostKept = 4096;

std::mutex keeping;
std::string kept;

}  // namespace

void say(std::string_view text) noexcept {
  std::string line = "meshctl: ";
  line.append(text).push_back('\n');
  const std::lock_guard lock(keeping);
  // One write a line, so that lines of several processes do not mix. Where it fails nobody listens.
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
  kept += line;
  while (kept.size() > kMostKept) kept.erase(0, kept.find('\n') + 1);
}

std::string take_said() {
  const std::lock_guard lock(keeping);
  return std::exchange(kept, {});
}

}  // namespace meshctl
