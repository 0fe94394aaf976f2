#include "cli/held_signals.h"

#include <pthread.h>

#include <algorithm>
#include <array>

namespace meshctl::cli {
namespace {

constexpr std::array<int, 4> kEndings{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

}  // namespace

HeldSignals::HeldSignals() {
  sigemptyset(&held_);
  for (const int signal : kEndings) sigaddset(&held_, signal);
  ::pthread_sigmask(SIG_BLOCK, &held_, &before_);
}

HeldSignals::~HeldSignals() {
  ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

bool HeldSignals::has_come() const {
  sigset_t pending{};
  ::sigpending(&pending);
  return std::ranges::any_of(kEndings,
                             [&](int signal) { return sigismember(&pending, signal) == 1; });
}

}  // namespace meshctl::cli
