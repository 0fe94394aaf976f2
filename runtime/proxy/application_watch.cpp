#include "runtime/proxy/application_watch.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include "runtime/base/log.h"

namespace meshctl::proxy {
namespace {

/// Each refused connect and broken connection makes it look at once, for the next caller may find
/// the application gone, too; but where the application is there all the same, a burst of them
/// makes it look this often only. Chosen: a look takes some 25 us.
constexpr Duration kLookPace = std::chrono::milliseconds(5);
constexpr Duration kLookBurst = 16 * kLookPace;
/// A process that is killed may lose its connections before the socket that it listens at: after
/// such a look the next ones follow soon.
constexpr std::array<Duration, 2> kLooksAfter{std::chrono::milliseconds(1),
                                              std::chrono::milliseconds(10)};
/// After the application has gone it is looked for this soon, then in ever longer steps up to
/// kLookEvery: a reload takes some milliseconds.
constexpr Duration kFirstLook = std::chrono::milliseconds(5);

}  // namespace

ApplicationWatch::ApplicationWatch(net::Loop& loop, Upstream& upstream, ForwardPort& port,
                                   const std::vector<net::Address>& own, Rules rules)
    : upstream_(upstream),
      port_(port),
      own_(own),
      rules_(rules),
      timer_(loop, this,
             [](void* self) noexcept { static_cast<ApplicationWatch*>(self)->on_timer(); }),
      soon_(loop, this,
            [](void* self) noexcept { static_cast<ApplicationWatch*>(self)->look_soon(); }),
      trouble_(loop, this, [](void* self) noexcept {
        auto& watch = *static_cast<ApplicationWatch*>(self);
        watch.looks_after_ = 0;
        watch.look_soon();
      }) {
  upstream_.refuse_when_down(rules_.follows);
  upstream_.set_watcher(this);
}

ApplicationWatch::~ApplicationWatch() {
  upstream_.set_watcher(nullptr);
}

Result<void, net::UvError> ApplicationWatch::start() {
  const auto reach = look().value_or(Reach::Nobody);
  is_started_ = true;
  if (auto opened = port_.open_to(rules_.follows ? reach : Reach::Everyone); !opened) return opened;
  look_on_or_rest();
  return {};
}

void ApplicationWatch::tell_state() const {
  const bool is_told = upstream_.port() == 0;  // `auto` is on its way
  if (port_.reach() != Reach::Everyone && !is_told) say_change(port_.reach());
}

void ApplicationWatch::await_end(OnGone on_gone, void* owner) {
  awaits_end_ = true;
  on_gone_ = on_gone;
  owner_ = owner;
  const bool was_there =
      upstream_.port() != 0 && (!rules_.follows || port_.reach() != Reach::Nobody);
  if (!was_there) missing_since_ = now() - kLookEvery;
  on_timer();
}

void ApplicationWatch::end() noexcept {
  awaits_end_ = false;
  is_started_ = false;
  timer_.stop();
  soon_.stop();
  static_cast<void>(port_.open_to(Reach::Nobody));
}

void ApplicationWatch::on_timer() noexcept {
  looks_on_ = false;
  const auto reach = look();
  look_on_or_rest();
  if (!awaits_end_ || !reach) return;  // or it cannot be seen for a moment, as without descriptors
  if (*reach != Reach::Nobody) return missing_since_.reset();
  // One look is not enough: servers that reload close their socket before they open the next.
  const auto at = now();
  if (!missing_since_) missing_since_ = at;
  if (at - *missing_since_ < kLookEvery) return;
  end();
  on_gone_(owner_);
}

void ApplicationWatch::look_soon() noexcept {
  if (!is_started_) return;
  const auto at = now();
  paced_until_ = std::max(paced_until_, at);
  if (paced_until_ - at > kLookBurst) return soon_.start_once(kLookPace);
  paced_until_ += kLookPace;
  const bool is_there = look() != Reach::Nobody;
  if (is_there && looks_after_ < kLooksAfter.size()) soon_.start_once(kLooksAfter[looks_after_++]);
  look_on_or_rest();
}

void ApplicationWatch::look_on_or_rest() noexcept {
  const bool waits = awaits_end_ || (upstream_.is_auto() && upstream_.port() == 0) ||
                     (rules_.follows && port_.reach() != Reach::Everyone);
  // Not started again while it runs: looks that trouble makes would put it off for ever.
  if (!waits || std::exchange(looks_on_, true)) return;
  timer_.start_once(awaits_end_ ? kLookEveryAtTheEnd : next_look_);
  next_look_ = std::min(2 * next_look_, kLookEvery);
}

std::optional<Reach> ApplicationWatch::look() {
  const auto listening = listening_addresses_but(own_);
  if (!listening) return std::nullopt;
  // What listens when the application has ended is another one.
  if (upstream_.is_auto() && !awaits_end_) choose_port(*listening);
  const auto reach = upstream_.reach(*listening, port_.address());
  const auto place = std::ranges::find(*listening, upstream_.port(), &net::Address::port);
  if (reach != Reach::Nobody && place != listening->end()) {
    place_ = place->is_any() ? upstream_.describe() : place->at_port(place->port()).to_string();
  }
  if (rules_.follows && is_started_) follow(reach);
  return reach;
}

void ApplicationWatch::choose_port(const std::vector<net::Address>& listening) {
  const auto known = upstream_.port();
  if (known != 0 && reach_of(known, listening, port_.address()) != Reach::Nobody) return;
  std::set<std::uint16_t> candidates;
  for (const net::Address& address : listening) {
    // At the address that a caller of ours used, a port of ours would be ourselves.
    const bool is_ours = std::ranges::find(own_, address.port(), &net::Address::port) != own_.end();
    const bool is_reached = !rules_.reachable_only || !address.is_loopback();
    if (is_reached && !is_ours) candidates.insert(address.port());
  }
  if (candidates.size() > 1) {
    const std::vector<std::uint16_t> numbers(candidates.begin(), candidates.end());
    if (std::exchange(told_candidates_, numbers) != numbers) {
      say(fmt::format("several ports are listened at ({}): {}", fmt::join(numbers, ", "),
                      rules_.is_in_pod ? "taking the lowest; --upstream PORT names another"
                                       : "name the application's with --upstream PORT"));
    }
  }
  const bool is_clear = candidates.size() == 1 || (rules_.is_in_pod && !candidates.empty());
  upstream_.set_port(is_clear ? *candidates.begin() : 0);
  if (!is_clear || upstream_.port() == known) return;
  told_candidates_.clear();
  say(fmt::format("found the application at port {}", upstream_.port()));
}

void ApplicationWatch::follow(Reach reach) {
  if (port_.reach() == reach) return;
  if (reach == Reach::Nobody) next_look_ = kFirstLook;
  const auto opened = port_.open_to(reach);
  if (opened) {
    told_failure_ = false;
    return say_change(reach);
  }
  // Another program has taken the port meanwhile: it is tried again at each look.
  if (std::exchange(told_failure_, true)) return;
  say(fmt::format("cannot listen at {}: {}; trying again", port_.address().to_string(),
                  net::message(opened.error())));
}

void ApplicationWatch::say_change(Reach reach) const {
  const auto ours = port_.address().port();
  switch (reach) {
    case Reach::Everyone:
      return say(fmt::format("the application listens at {}: port {} is open", place_, ours));
    case Reach::Loopback:
      return say(fmt::format(
          "the application listens at {0} alone: port {1} is {2}; with {0} as upstream it is open "
          "to "
          "all, who are then callers at loopback to the application",
          place_, ours, port_.address().is_any() ? "open to callers at loopback alone" : "closed"));
    case Reach::Nobody:
      if (upstream_.port() == 0)
        return say(fmt::format("no application listens: port {} is closed until one does", ours));
      return say(
          fmt::format("the application does not listen at {}: port {} is closed until it does",
                      upstream_.describe(), ours));
  }
}

}  // namespace meshctl::proxy
