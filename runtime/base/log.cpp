#include "runtime/base/log.h"

#include <unistd.h>

#include <string>

namespace meshctl {

void say(std::string_view text) noexcept {
  std::string line = "meshctl: ";
  line.append(text).push_back('\n');
  // One write a line, so that lines of several processes do not mix. Where it fails nobody listens.
  static_cast<void>(!::write(STDERR_FILENO, line.data(), line.size()));
}

}  // namespace meshctl
