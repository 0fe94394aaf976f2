#pragma once

#include <memory>

#include "runtime/net/loop.h"
#include "runtime/net/terminal_modes.h"
#include "runtime/net/uv_handle.h"

namespace meshctl::net {

/// Keys as they are struck, from the terminal that standard input is. Ctrl-C, Ctrl-Z and their like
/// stay signals, and find the terminal as it was before, as does who comes once this is gone.
class Keyboard {
 public:
  using OnKey = void (*)(void* owner, char key) noexcept;

  /// Null where standard input is no terminal, or this process is not the one in its foreground.
  [[nodiscard]] static std::unique_ptr<Keyboard> open(Loop& loop, void* owner, OnKey on_key);
  ~Keyboard();
  Keyboard(const Keyboard&) = delete;
  Keyboard& operator=(const Keyboard&) = delete;

  /// Takes the terminal again after a stop (SIGCONT), if this process is back in the foreground.
  void resume() noexcept;

 private:
  Keyboard(Descriptor terminal, const termios& before, const termios& keys, void* owner,
           OnKey on_key) noexcept;
  bool start(Loop& loop);
  void on_readable() noexcept;

  /// Opened anew: libuv makes it non-blocking, and standard input is shared with others.
  TerminalModes modes_;
  UvPtr<uv_poll_t> poll_;
  void* owner_;
  OnKey on_key_;
};

}  // namespace meshctl::net
