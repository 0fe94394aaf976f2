#include "runtime/proxy/upstream.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <utility>

namespace meshctl::proxy {
namespace {

/// The first port that connects come from where they name none (ip_local_port_range of
/// ip-sysctl.rst); 0 where that cannot be read.
std::uint16_t read_first_ephemeral_port() {
  std::uint16_t first = 0;
  std::ifstream("/proc/sys/net/ipv4/ip_local_port_range") >> first;
  return first;
}

}  // namespace

Result<std::unique_ptr<Upstream>, net::UvError> Upstream::open(const Forward& forward) {
  std::unique_ptr<Upstream> upstream(new Upstream());
  upstream->first_ephemeral_port_ = read_first_ephemeral_port();
  if (!forward.upstream) {
    upstream->is_auto_ = true;
    return upstream;
  }
  upstream->set_port(forward.upstream->port);
  if (forward.upstream->host.empty()) return upstream;
  auto resolved = net::resolve(*forward.upstream);
  if (!resolved) return fail(resolved.error());
  for (const net::Address& address : *resolved) {
    // Where a connect to every address leads (ip(7), INADDR_ANY).
    const bool is_ipv4 = address.is_ipv4();
    const auto port = address.port();
    upstream->named_.push_back(!address.is_any() ? address
                               : is_ipv4         ? net::Address::ipv4_loopback(port)
                                                 : net::Address::ipv6_loopback(port));
  }
  upstream->name_ = to_string(*forward.upstream);
  return upstream;
}

Targets Upstream::targets_at(const net::Address& local) const {
  if (has_host()) return named_targets();
  const auto at = port();
  if (at == 0) return {};
  return {{local.at_port(at)}, std::nullopt};
}

Targets Upstream::targets_for(const CallerEnds& ends) const {
  const auto at = port();
  if (has_host() || at == 0 || !ends.local.is_loopback()) return targets_at(ends.local);
  const auto used = ends.local.at_port(at);
  const auto ipv4 = net::Address::ipv4_loopback(at);
  const auto ipv6 = net::Address::ipv6_loopback(at);
  Targets targets;
  targets.addresses = used.is_ipv4() ? std::vector{ipv4, ipv6} : std::vector{ipv6, ipv4};
  if (!ends.peer.is_loopback()) {
    // From loopback it would be trusted as it was not before; where its own address is not ours to
    // connect from, it is refused.
    targets.addresses.resize(1);
    targets.source = ends.peer.at_port(0);
  }
  return targets;
}

bool Upstream::met_itself(const net::Address& address,
                          const std::optional<net::Address>& local) noexcept {
  return local && local->port() == address.port() && local->has_host_of(address);
}

bool Upstream::is_here() const noexcept {
  return std::ranges::all_of(named_, &net::Address::is_here);
}

Reach Upstream::reach(const std::vector<net::Address>& listening, const net::Address& ours) const {
  if (!has_host()) return port() == 0 ? Reach::Nobody : reach_of(port(), listening, ours);
  // All callers reach it in the same way: by us.
  const bool is_there = std::ranges::any_of(named_, [&](const net::Address& address) {
    return std::ranges::any_of(listening,
                               [&](const net::Address& each) { return address.leads_to(each); });
  });
  return is_there ? Reach::Everyone : Reach::Nobody;
}

bool Upstream::leads_to(const net::Address& listener) const noexcept {
  return std::ranges::any_of(
      named_, [&](const net::Address& address) { return address.leads_to(listener); });
}

std::string Upstream::describe() const {
  if (has_host()) return name_;
  if (port() == 0) return "auto: waiting for an application to listen";
  return fmt::format("port {}", port());
}

}  // namespace meshctl::proxy
