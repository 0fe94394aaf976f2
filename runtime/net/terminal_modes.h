#pragma once

#include <termios.h>

#include <csignal>

#include "runtime/net/descriptor.h"

namespace meshctl::net {

/// Modes of a terminal that hold while this process is in its foreground. The terminal is as it was
/// before once this is gone, and whenever a signal ends or stops the process (Ctrl-\, Ctrl-Z, a
/// crash), which then does what it does without us. One at a time: a signal has no owner.
class TerminalModes {
 public:
  TerminalModes(Descriptor terminal, const termios& before, const termios& ours) noexcept;
  ~TerminalModes();
  TerminalModes(const TerminalModes&) = delete;
  TerminalModes& operator=(const TerminalModes&) = delete;

  /// Sets our modes. Only the process in the foreground may (termios(3): SIGTTOU stops another).
  void set() const noexcept;
  [[nodiscard]] bool is_in_foreground() const noexcept;
  [[nodiscard]] int terminal() const noexcept { return terminal_.get(); }

 private:
  static void on_signal(int number, siginfo_t* info, void* context) noexcept;
  void give_back() const noexcept;

  Descriptor terminal_;
  termios before_;
  termios ours_;
};

}  // namespace meshctl::net
