#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/address.h"
#include "runtime/proxy/config.h"
#include "runtime/proxy/listening_ports.h"

namespace meshctl::proxy {

/// Both ends of an accepted connection.
struct CallerEnds {
  net::Address local;  ///< the address of ours that the caller used
  net::Address peer;

  /// The caller is on this machine and came by loopback. One end alone does not tell: what is
  /// delivered on behalf of others may come from loopback (istio#29603), or to it (route_localnet).
  [[nodiscard]] bool are_loopback() const noexcept {
    return local.is_loopback() && peer.is_loopback();
  }
};

/// Where the application may be for one caller.
struct Targets {
  std::vector<net::Address> addresses;  ///< in the order to try; empty: not known yet
  /// The address to connect from, port aside; absent: the kernel's choice.
  std::optional<net::Address> source;
};

/// Hears that a connect to the application was refused, or that it broke a connection off. Any
/// thread.
class TroubleWatcher {
 public:
  virtual void on_trouble() noexcept = 0;

 protected:
  ~TroubleWatcher() = default;
};

/// An application: named by its address, or by a port of this network namespace, which is reached
/// at the address that each caller used; the port may be found at run time (`auto`). Any thread,
/// but for what says otherwise.
class Upstream {
 public:
  /// Looks the name up when there is one, which blocks.
  [[nodiscard]] static Result<std::unique_ptr<Upstream>, net::UvError> open(const Forward& forward);
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// Callers at loopback are led to loopback, their own family first. All others are led to the
  /// very address that they used and nowhere else: what listens on loopback alone stays private,
  /// and the application never takes them for callers at loopback. An address by name is the same
  /// for all.
  [[nodiscard]] Targets targets_for(const CallerEnds& ends) const;
  /// The same for a caller that used `local`, which is not loopback: its own address does not
  /// matter.
  [[nodiscard]] Targets targets_at(const net::Address& local) const;
  /// The same for one that has_host(), whoever calls.
  [[nodiscard]] Targets named_targets() const { return {named_, std::nullopt}; }
  /// A connect to a port that nobody listens at may be given that very port to come from, and then
  /// meets itself by a simultaneous open (RFC 9293, 3.5). Only of a port that the kernel gives
  /// away.
  [[nodiscard]] bool may_meet_itself() const noexcept { return port() >= first_ephemeral_port_; }
  /// Whether it did: `local` is the address of the socket that connected to `address`.
  [[nodiscard]] static bool met_itself(const net::Address& address,
                                       const std::optional<net::Address>& local) noexcept;

  /// `auto`: there is a port, and it is this one; 0: it has gone. On the main loop's thread.
  void set_port(std::uint16_t port) noexcept { port_.store(port, std::memory_order_relaxed); }
  /// 0: `auto` has not found one.
  [[nodiscard]] std::uint16_t port() const noexcept {
    return port_.load(std::memory_order_relaxed);
  }
  [[nodiscard]] bool is_auto() const noexcept { return is_auto_; }
  /// Named by its address, which is the same for all callers.
  [[nodiscard]] bool has_host() const noexcept { return !named_.empty(); }
  /// It runs in this network namespace, as far as its addresses tell.
  [[nodiscard]] bool is_here() const noexcept;
  /// Who can reach it by way of our port at `ours`, if `listening` are the addresses that are
  /// listened at here.
  [[nodiscard]] Reach reach(const std::vector<net::Address>& listening,
                            const net::Address& ours) const;
  /// It is really one of our own listeners, to which we would connect without end. Before
  /// connections are taken.
  [[nodiscard]] bool leads_to(const net::Address& listener) const noexcept;
  /// `port 8087`, `127.0.0.1:8087`, or for auto that nothing was found.
  [[nodiscard]] std::string describe() const;

  /// Callers are refused while it does not listen: those whom we accepted before we knew get a
  /// reset. Before connections are taken.
  void refuse_when_down(bool refuses) noexcept { refuses_when_down_ = refuses; }
  [[nodiscard]] bool refuses_when_down() const noexcept { return refuses_when_down_; }

  /// Who hears of refused connects and broken connections; null: nobody. Before connections are
  /// taken.
  void set_watcher(TroubleWatcher* watcher) noexcept { watcher_ = watcher; }
  void on_trouble() const noexcept {
    if (watcher_ != nullptr) watcher_->on_trouble();
  }

  /// From now on each connection ends as soon as nobody is owed an answer.
  void end() noexcept { is_ending_.store(true, std::memory_order_relaxed); }
  [[nodiscard]] bool is_ending() const noexcept {
    return is_ending_.load(std::memory_order_relaxed);
  }

 private:
  Upstream() = default;

  std::vector<net::Address> named_;
  std::string name_;  ///< as the user wrote it
  bool is_auto_ = false;
  bool refuses_when_down_ = false;
  std::uint16_t first_ephemeral_port_ = 0;
  std::atomic<std::uint16_t> port_{0};
  std::atomic<bool> is_ending_{false};
  TroubleWatcher* watcher_ = nullptr;
};

}  // namespace meshctl::proxy
