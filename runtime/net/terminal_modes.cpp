#include "runtime/net/terminal_modes.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <utility>

#include "runtime/base/assert.h"

namespace meshctl::net {
namespace {

/// That end or stop a process, whoever sends them: the keyboard, a bug, or `kill`. Those that the
/// proxy answers (INT, TERM, HUP) end it in order, with this gone before.
constexpr std::array kSignals{SIGQUIT, SIGTSTP, SIGABRT, SIGSEGV, SIGBUS,  SIGILL, SIGFPE,
                              SIGSYS,  SIGXCPU, SIGUSR1, SIGUSR2, SIGALRM, SIGTRAP};

/// What a handler can reach.
std::atomic<const TerminalModes*> active{nullptr};
std::array<struct sigaction, kSignals.size()> dispositions{};

struct sigaction& disposition_of(int number) noexcept {
  const auto* place = std::ranges::find(kSignals, number);
  return dispositions.at(static_cast<std::size_t>(place - kSignals.begin()));
}

/// It comes again as soon as the handler returns.
bool is_fault(const siginfo_t& info) noexcept {
  constexpr std::array kFaults{SIGSEGV, SIGBUS, SIGILL, SIGFPE};
  return info.si_code > 0 && std::ranges::find(kFaults, info.si_signo) != kFaults.end();
}

}  // namespace

TerminalModes::TerminalModes(Descriptor terminal, const termios& before,
                             const termios& ours) noexcept
    : terminal_(std::move(terminal)), before_(before), ours_(ours) {
  MESHCTL_ASSERT(active.exchange(this) == nullptr);
  struct sigaction action {};
  action.sa_sigaction = on_signal;
  action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_RESTART;
  for (const int number : kSignals) {
    auto& disposition = disposition_of(number);
    ::sigaction(number, nullptr, &disposition);
    const bool is_ignored = disposition.sa_handler == SIG_IGN;
    if (!is_ignored) ::sigaction(number, &action, nullptr);
  }
}

TerminalModes::~TerminalModes() {
  for (const int number : kSignals) ::sigaction(number, &disposition_of(number), nullptr);
  active = nullptr;
  give_back();
}

bool TerminalModes::is_in_foreground() const noexcept {
  return ::tcgetpgrp(terminal()) == ::getpgrp();
}

void TerminalModes::set() const noexcept {
  if (is_in_foreground()) ::tcsetattr(terminal(), TCSANOW, &ours_);
}

void TerminalModes::give_back() const noexcept {
  if (is_in_foreground()) ::tcsetattr(terminal(), TCSANOW, &before_);
}

void TerminalModes::on_signal(int number, siginfo_t* info, void*) noexcept {
  const int error = errno;
  const auto* self = active.load();
  if (self != nullptr) self->give_back();
  struct sigaction ours {};
  ::sigaction(number, &disposition_of(number), &ours);
  if (is_fault(*info)) return;
  ::raise(number);
  // It has only stopped the process, or not even that, and the process goes on.
  ::sigaction(number, &ours, nullptr);
  if (self != nullptr) self->set();
  errno = error;
}

}  // namespace meshctl::net
