#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/timer.h"
#include "runtime/net/wakeup.h"
#include "runtime/proxy/forward_port.h"
#include "runtime/proxy/upstream.h"

namespace meshctl::proxy {

/// Keeps a forward in step with its application, by the sockets that are listened at in this
/// network namespace. `auto` finds its port so, and finds another one when that has gone. A port
/// that follows is open while the application's is. After TERM it tells when the application has
/// stopped listening. Looks only while something may come of it: an idle proxy with a listening
/// application costs nothing. On the main loop's thread, but for on_trouble().
class ApplicationWatch final : private TroubleWatcher {
 public:
  struct Rules {
    bool follows = false;  ///< our port is open while the application's is
    /// What listens on loopback alone is no candidate for `auto`: we listen beyond loopback.
    bool reachable_only = false;
    bool is_in_pod = false;  ///< of several candidates the lowest is taken
  };
  using OnGone = void (*)(void* owner) noexcept;

  /// `own` are all our listening addresses. All references must outlive it.
  ApplicationWatch(net::Loop& loop, Upstream& upstream, ForwardPort& port,
                   const std::vector<net::Address>& own, Rules rules);
  ~ApplicationWatch();
  ApplicationWatch(const ApplicationWatch&) = delete;
  ApplicationWatch& operator=(const ApplicationWatch&) = delete;

  /// Looks for the first time, and opens the port to those who reach the application. Fails where
  /// the port cannot be opened.
  [[nodiscard]] Result<void, net::UvError> start();
  /// Tells the operator of a port that start() could not open to all.
  void tell_state() const;

  /// TERM came: calls `on_gone`, once, when the application has not been found for kLookEvery, or
  /// at once if it did not listen before. A port that follows is closed at the first look without
  /// it.
  void await_end(OnGone on_gone, void* owner);
  /// Closes the port, and looks no more.
  void end() noexcept;

  /// Chosen: a start-up that people watch, and a reload that takes a new socket, at no cost.
  static constexpr Duration kLookEvery = std::chrono::milliseconds(250);
  /// The same after TERM, when the application may end at any time and callers still come.
  static constexpr Duration kLookEveryAtTheEnd = std::chrono::milliseconds(20);

 private:
  void on_trouble() noexcept override { trouble_.wake(); }
  void on_timer() noexcept;
  void look_soon() noexcept;
  /// What is there now; nothing where it cannot be seen.
  [[nodiscard]] std::optional<Reach> look();
  void choose_port(const std::vector<net::Address>& listening);
  void follow(Reach reach);
  void say_change(Reach reach) const;
  void look_on_or_rest() noexcept;

  Upstream& upstream_;
  ForwardPort& port_;
  const std::vector<net::Address>& own_;
  const Rules rules_;
  OnGone on_gone_ = nullptr;
  void* owner_ = nullptr;
  net::Timer timer_;
  net::Timer soon_;
  net::Wakeup trouble_;
  Instant paced_until_;          ///< looks that were made have used up the time until then
  std::size_t looks_after_ = 0;  ///< that were made since the last trouble
  bool is_started_ = false;
  bool awaits_end_ = false;
  bool looks_on_ = false;  ///< the timer runs
  Duration next_look_ = kLookEvery;
  std::optional<Instant> missing_since_;  ///< of the looks after TERM
  std::string place_;                     ///< where the application listens, for the operator
  bool told_failure_ = false;
  std::vector<std::uint16_t> told_candidates_;
};

}  // namespace meshctl::proxy
