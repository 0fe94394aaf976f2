#include "runtime/net/keyboard.h"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace meshctl::net {

std::unique_ptr<Keyboard> Keyboard::open(Loop& loop, void* owner, OnKey on_key) {
  std::array<char, 256> name{};
  termios before{};
  if (::ttyname_r(STDIN_FILENO, name.data(), name.size()) != 0) return nullptr;
  Descriptor terminal(::open(name.data(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (terminal.get() < 0 || ::tcgetattr(terminal.get(), &before) != 0) return nullptr;
  if (::tcgetpgrp(terminal.get()) != ::getpgrp()) return nullptr;
  auto keys = before;
  keys.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
  keys.c_cc[VMIN] = 1;
  keys.c_cc[VTIME] = 0;
  std::unique_ptr<Keyboard> self(new Keyboard(std::move(terminal), before, keys, owner, on_key));
  return self->start(loop) ? std::move(self) : nullptr;
}

Keyboard::Keyboard(Descriptor terminal, const termios& before, const termios& keys, void* owner,
                   OnKey on_key) noexcept
    : modes_(std::move(terminal), before, keys), owner_(owner), on_key_(on_key) {}

Keyboard::~Keyboard() = default;

bool Keyboard::start(Loop& loop) {
  auto poll = make_handle<uv_poll_t>(loop.raw(), [this](uv_loop_t* raw, uv_poll_t* handle) {
    return uv_poll_init(raw, handle, modes_.terminal());
  });
  if (!poll) return false;
  poll_ = std::move(*poll);
  poll_->data = this;
  resume();
  return true;
}

void Keyboard::resume() noexcept {
  if (!modes_.is_in_foreground()) return;
  modes_.set();
  uv_poll_start(poll_.get(), UV_READABLE, [](uv_poll_t* handle, int, int) {
    if (auto* self = static_cast<Keyboard*>(handle->data)) self->on_readable();
  });
}

void Keyboard::on_readable() noexcept {
  std::array<char, 64> keys{};
  // A read from the background would stop this process (SIGTTIN): it waits for resume().
  const auto count =
      modes_.is_in_foreground() ? ::read(modes_.terminal(), keys.data(), keys.size()) : 0;
  if (count <= 0) {
    uv_poll_stop(poll_.get());
    return;
  }
  for (ssize_t i = 0; i < count; ++i) on_key_(owner_, keys[static_cast<std::size_t>(i)]);
}

}  // namespace meshctl::net
