#include "runtime/proxy/wrapped_command.h"

#include <fmt/format.h>

#include <utility>

#include "runtime/base/units.h"

namespace meshctl::proxy {
namespace {

using net::Next;

/// How often it is tried whether the application is there. Chosen: nobody waits for it in vain.
constexpr Duration kLookEvery = std::chrono::milliseconds(50);
constexpr int kSignalBase = 128;  ///< as shells tell of a command that a signal ended

}  // namespace

WrappedCommand::WrappedCommand(net::Loop& loop, const Forwarding& forward,
                               const net::Address& reached, std::vector<std::string> command,
                               std::vector<std::string> variables, Duration start_timeout,
                               void* owner, OnEnd when_done)
    : loop_(loop),
      forward_(forward),
      reached_(reached),
      command_(std::move(command)),
      variables_(std::move(variables)),
      start_timeout_(start_timeout),
      began_(now()),
      owner_(owner),
      on_end_(when_done),
      timer_(loop, this,
             [](void* self) noexcept { static_cast<WrappedCommand*>(self)->on_timer(); }) {
  timer_.start_repeating(kLookEvery);
}

void WrappedCommand::on_timer() noexcept {
  if (now() - began_ > start_timeout_) {
    return give_up(fmt::format("no application took a connection at {} within {}",
                               forward_.upstream->describe(), human_duration(start_timeout_)));
  }
  if (probe_) return;  // a connect that takes long
  if (forward_.port->reach() == Reach::Nobody) return;
  addresses_ = forward_.upstream->targets_for({reached_, reached_}).addresses;
  next_address_ = 0;
  look();
}

void WrappedCommand::look() noexcept {
  while (next_address_ < addresses_.size()) {
    net::StreamOwner& self = *this;
    probe_.emplace(loop_, self);
    if (probe_->connect(addresses_[next_address_++])) return;
  }
  probe_.reset();
}

Next WrappedCommand::on_connected(net::Stream&, Result<void, net::UvError> result) noexcept {
  if (result) {
    timer_.stop();
    start();
    return Next::Close;
  }
  probe_->abandon();
  while (next_address_ < addresses_.size()) {
    if (probe_->connect(addresses_[next_address_++])) return Next::Continue;
  }
  return Next::Close;
}

void WrappedCommand::start() noexcept {
  auto started = net::ChildProcess::start(
      loop_, command_, variables_, this, [](void* self, net::ChildProcess::Ending ending) noexcept {
        auto& wrapped = *static_cast<WrappedCommand*>(self);
        wrapped.has_ended_ = true;
        wrapped.outcome_.exit_code = ending.signal == 0 ? ending.code : kSignalBase + ending.signal;
        wrapped.on_end_(wrapped.owner_);
      });
  if (started) {
    child_ = std::move(*started);
  } else {
    give_up(fmt::format("cannot run '{}': {}", command_.front(), net::message(started.error())));
  }
}

void WrappedCommand::give_up(std::string failure) noexcept {
  timer_.stop();
  has_ended_ = true;
  outcome_.failure = std::move(failure);
  on_end_(owner_);
}

void WrappedCommand::send_signal(int number) noexcept {
  if (has_ended_) return;
  if (child_) return child_->send_signal(number);
  give_up("a signal came before the application did");
}

Next WrappedCommand::on_bytes(net::Stream&, std::string_view) noexcept {
  return Next::Continue;
}

Next WrappedCommand::on_end(net::Stream&, net::StreamEnd) noexcept {
  return Next::Continue;
}

Next WrappedCommand::on_written(net::Stream&, Result<void, net::UvError>) noexcept {
  return Next::Continue;
}

}  // namespace meshctl::proxy
