#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace meshctl::cli {

void occupy_standard_streams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    if (::fcntl(fd, F_GETFD) != -1) continue;
    // open() takes the lowest free number, which is `fd`: those below are open by now.
    (void)::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
  }
}

void ignore_broken_pipes() {
  (void)std::signal(SIGPIPE, SIG_IGN);
}

void ignore_file_size_limits() {
  (void)std::signal(SIGXFSZ, SIG_IGN);
}

}  // namespace meshctl::cli
