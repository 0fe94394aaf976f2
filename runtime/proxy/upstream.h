#pragma once

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/address.h"
#include "runtime/net/timer.h"
#include "runtime/net/wakeup.h"
#include "runtime/proxy/config.h"

namespace meshctl::proxy {

/// Where the application is: fixed from the start, or looked for among the listening ports. Any
/// thread, but for what says otherwise.
class Upstream {
 public:
  /// Looks the name up when there is one, which blocks. A search keeps a timer on `loop`: made and
  /// destroyed on that loop's thread. `reachable_only`: auto considers only ports
  /// that are reachable beyond loopback, for we listen there.
  [[nodiscard]] static Result<std::unique_ptr<Upstream>, net::UvError> open(net::Loop& loop,
                                                                            const Forward& forward,
                                                                            bool reachable_only,
                                                                            bool is_in_pod);
  Upstream(const Upstream&) = delete;
  Upstream& operator=(const Upstream&) = delete;

  /// The addresses to try, in order. Empty: auto has not found any yet.
  [[nodiscard]] std::vector<net::Address> addresses();
  /// All addresses refused: auto looks again, the application may have moved.
  void on_unreachable() noexcept;
  /// A fixed upstream that is really one of our own listeners would connect to itself without end.
  /// Before connections are taken.
  [[nodiscard]] bool leads_to(const net::Address& listener) const noexcept;

  /// `127.0.0.1:8087`, or for auto what was found, or that nothing was.
  [[nodiscard]] std::string describe() const;
  [[nodiscard]] bool is_auto() const noexcept { return search_.has_value(); }

  /// Where connections for this application are taken. Before any are.
  void set_listen_address(std::string address) { listen_address_ = std::move(address); }
  /// `forwarding 127.0.0.1:14001 -> 127.0.0.1:8087`
  [[nodiscard]] std::string greeting() const;

 private:
  /// What auto needs beyond the addresses.
  struct Search {
    Search(net::Loop& loop, Upstream& owner);
    /// Looks while nothing is known; `lost` starts it again, for which it has to be on its thread.
    net::Timer timer;
    net::Wakeup lost;
    bool reachable_only = false;
    bool is_in_pod = false;
    Instant last_look;
    /// The candidates that were last told as ambiguous, so that they are told once.
    std::vector<std::uint16_t> told;
    /// What was last told as found.
    std::string told_found;
  };

  Upstream() = default;
  void on_timer() noexcept;
  void look() noexcept;
  [[nodiscard]] std::string describe_known() const;
  [[nodiscard]] std::optional<net::Address> choose(
      const std::map<std::uint16_t, net::Address>& ports);

  std::string listen_address_;
  std::optional<Endpoint> fixed_;
  mutable std::mutex mutex_;  ///< guards addresses_, and search_ but for its timer
  std::vector<net::Address> addresses_;
  std::optional<Search> search_;
};

}  // namespace meshctl::proxy
