#include "runtime/proxy/upstream.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "runtime/base/log.h"
#include "runtime/proxy/listening_ports.h"

namespace meshctl::proxy {
namespace {

/// How often auto looks while nothing is found. Chosen: a start-up that people watch, at no cost.
constexpr Duration kLookEvery = std::chrono::milliseconds(250);
/// Connections that come meanwhile do not make it look more often than this.
constexpr Duration kLeastLookGap = std::chrono::milliseconds(50);

}  // namespace

Upstream::Search::Search(net::Loop& loop, Upstream& owner)
    : timer(loop, &owner, [](void* self) noexcept { static_cast<Upstream*>(self)->on_timer(); }),
      lost(loop, this, [](void* self) noexcept {
        static_cast<Search*>(self)->timer.start_repeating(kLookEvery);
      }) {}

Result<std::unique_ptr<Upstream>, net::UvError> Upstream::open(net::Loop& loop,
                                                               const Forward& forward,
                                                               bool reachable_only,
                                                               bool is_in_pod) {
  std::unique_ptr<Upstream> upstream(new Upstream());
  if (forward.upstream) {
    auto resolved = net::resolve(*forward.upstream);
    if (!resolved) return fail(resolved.error());
    upstream->fixed_ = forward.upstream;
    upstream->addresses_ = std::move(*resolved);
    return upstream;
  }
  auto& search = upstream->search_.emplace(loop, *upstream);
  search.reachable_only = reachable_only;
  search.is_in_pod = is_in_pod;
  search.timer.start_repeating(kLookEvery);
  return upstream;
}

std::vector<net::Address> Upstream::addresses() {
  const std::lock_guard lock(mutex_);
  if (addresses_.empty() && search_) look();
  return addresses_;
}

void Upstream::on_unreachable() noexcept {
  if (!search_) return;
  const std::lock_guard lock(mutex_);
  addresses_.clear();
  search_->lost.wake();
}

void Upstream::on_timer() noexcept {
  const std::lock_guard lock(mutex_);
  if (addresses_.empty()) look();
  if (!addresses_.empty()) search_->timer.stop();
}

bool Upstream::leads_to(const net::Address& listener) const noexcept {
  return fixed_ && std::ranges::any_of(addresses_, [&](const net::Address& address) {
           return address.leads_to(listener);
         });
}

std::string Upstream::describe() const {
  const std::lock_guard lock(mutex_);
  return describe_known();
}

std::string Upstream::describe_known() const {
  if (fixed_) return to_string(*fixed_);
  if (addresses_.empty()) return "auto: waiting for an application to listen";
  return addresses_.front().to_string();
}

std::string Upstream::greeting() const {
  return fmt::format("forwarding {} -> {}", listen_address_, describe());
}

void Upstream::look() noexcept {
  const auto at = now();
  if (at - search_->last_look < kLeastLookGap) return;
  search_->last_look = at;
  const auto found = choose(listening_ports(search_->reachable_only));
  if (!found) return;
  if (found->is_any()) {
    addresses_ = {net::Address::ipv4_loopback(found->port()),
                  net::Address::ipv6_loopback(found->port())};
  } else {
    addresses_ = {*found};
  }
  search_->told.clear();
  if (std::exchange(search_->told_found, describe_known()) == describe_known()) return;
  say(fmt::format("found the application at {}", describe_known()));
}

std::optional<net::Address> Upstream::choose(const std::map<std::uint16_t, net::Address>& ports) {
  if (ports.empty()) return std::nullopt;
  if (ports.size() == 1) return ports.begin()->second;
  std::vector<std::uint16_t> numbers;
  for (const auto& [port, address] : ports) numbers.push_back(port);
  if (numbers != search_->told) {
    const auto advice = search_->is_in_pod ? "taking the lowest; --upstream PORT names another"
                                           : "name the application's with --upstream PORT";
    say(fmt::format("several ports are listened at ({}): {}", fmt::join(numbers, ", "), advice));
    search_->told = std::move(numbers);
  }
  if (search_->is_in_pod) return ports.begin()->second;
  return std::nullopt;
}

}  // namespace meshctl::proxy
