#include "runtime/proxy/forward_port.h"

#include <utility>

namespace meshctl::proxy {

Result<std::unique_ptr<ForwardPort>, net::UvError> ForwardPort::reserve(
    net::Loop& loop, const std::vector<net::Address>& addresses, Upstream& upstream,
    ConnectionTaker& taker, net::KeepAlive keep_alive) {
  auto reservation = net::PortReservation::make(addresses);
  if (!reservation) return fail(reservation.error());
  return std::unique_ptr<ForwardPort>(
      new ForwardPort(loop, std::move(*reservation), upstream, taker, keep_alive));
}

std::vector<net::Address> ForwardPort::places(Reach reach) const {
  const auto& own = reservation_.address();
  switch (reach) {
    case Reach::Nobody: return {};
    case Reach::Everyone: return {own};
    case Reach::Loopback: break;
  }
  if (own.is_loopback()) return {own};
  if (!own.is_any()) return {};
  return {net::Address::ipv4_loopback(own.port()), net::Address::ipv6_loopback(own.port())};
}

Result<void, net::UvError> ForwardPort::open_to(Reach reach) {
  if (reach == reach_) return {};
  // First of all: sockets for every interface and for one of them cannot listen at the same time.
  listeners_.clear();
  reach_ = Reach::Nobody;
  net::UvError last;
  const auto wanted = places(reach);
  reservation_.admit(true);
  for (const net::Address& place : wanted) {
    auto opened = net::Listener::open(loop_, {place}, *this, keep_alive_);
    if (!opened) {
      last = opened.error();  // one of the two loopbacks may be missing
      continue;
    }
    if (is_paused_) (*opened)->pause();
    listeners_.push_back(std::move(*opened));
  }
  reservation_.admit(false);
  if (listeners_.empty() && !wanted.empty()) return fail(last);
  reach_ = reach;
  return {};
}

void ForwardPort::pause() noexcept {
  is_paused_ = true;
  for (const auto& listener : listeners_) listener->pause();
}

void ForwardPort::resume() noexcept {
  if (!std::exchange(is_paused_, false)) return;
  for (const auto& listener : listeners_) {
    // One that waited may have taken the last place.
    if (!is_paused_ && listener->is_paused()) listener->resume();
  }
}

void ForwardPort::on_connection(net::TcpHandle connection) noexcept {
  taker_.take(upstream_, std::move(connection));
}

}  // namespace meshctl::proxy
