#include "runtime/proxy/drain.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/log.h"
#include "runtime/base/units.h"

namespace meshctl::proxy {
namespace {

/// How often it is looked whether all connections have ended, and whose time is over.
constexpr Duration kTick = std::chrono::milliseconds(20);
/// Before the deadline idle connections get this long to reach their safe point, and the last
/// pushes to arrive; with a short time in all, a tenth of it.
constexpr Duration kMostForIdle = std::chrono::seconds(2);
constexpr Duration kMostForPushes = std::chrono::seconds(1);
constexpr int kShare = 10;

}  // namespace

/// A forward on its way to its end.
struct Drain::Ending {
  Drain& drain;
  Forwarding& forward;
  bool is_watched = false;  ///< ends when its application does
  bool has_ended = false;
};

Drain::Drain(net::Loop& loop, WorkerPool& workers, std::vector<Forwarding>& forwards, Times times,
             void* owner, OnDone on_done)
    : workers_(workers),
      times_(times),
      owner_(owner),
      on_done_(on_done),
      tick_(loop, this, [](void* self) noexcept { static_cast<Drain*>(self)->on_tick(); }) {
  for (Forwarding& forward : forwards)
    endings_.push_back(std::make_unique<Ending>(Ending{*this, forward}));
}

Drain::~Drain() = default;

void Drain::begin(bool takes_connections) {
  const auto at = now();
  const auto short_share = times_.timeout / kShare;
  deadline_ = at + times_.timeout;
  idle_until_ = deadline_ - std::min(kMostForIdle, short_share);
  cut_at_ = times_.has_pushes ? deadline_ - std::min(kMostForPushes, short_share) : deadline_;
  delay_ends_ = at + times_.delay.value_or(Config::kUnseenDrainDelay);
  tick_.start_repeating(kTick);
  if (takes_connections) {
    await_applications();
  } else {
    end_all();
  }
  on_tick();  // there may be nothing to wait for
}

void Drain::await_applications() {
  for (const auto& ending : endings_) {
    ending->is_watched = !times_.delay && ending->forward.is_seen;
    if (!ending->is_watched) continue;
    ending->forward.watch->await_end(
        [](void* self) noexcept {
          auto& gone = *static_cast<Ending*>(self);
          gone.drain.end(gone);
        },
        ending.get());
  }
  if (have_all_ended() || times_.timeout == Duration::zero()) return;
  const bool is_any_watched =
      std::ranges::any_of(endings_, [](const auto& each) { return each->is_watched; });
  const auto delay = std::min(delay_ends_, idle_until_) - now();
  say(fmt::format("draining: not ready; connections are taken {}, and end within {}",
                  is_any_watched ? std::string("as long as the application listens")
                                 : fmt::format("for {}", human_duration(delay)),
                  human_duration(times_.timeout)));
}

void Drain::on_tick() noexcept {
  const auto at = now();
  if (at >= idle_until_) {
    end_all();
  } else if (at >= delay_ends_) {
    for (const auto& ending : endings_) {
      if (!ending->is_watched) end(*ending);
    }
  }
  const bool is_nobody_left = have_all_ended() && workers_.open_pairs() == 0;
  if (!is_nobody_left && at < cut_at_) return;
  tick_.stop();
  on_done_(owner_);
}

void Drain::end(Ending& ending) noexcept {
  if (std::exchange(ending.has_ended, true)) return;
  ending.forward.watch->end();
  ending.forward.upstream->end();
  workers_.end_idle();
  const auto open = workers_.open_pairs();
  if (!have_all_ended() || open == 0) return;
  say(fmt::format("waiting for {} open connections to end; a second signal ends them now", open));
}

void Drain::end_all() noexcept {
  for (const auto& ending : endings_) end(*ending);
}

bool Drain::have_all_ended() const noexcept {
  return std::ranges::all_of(endings_, [](const auto& each) { return each->has_ended; });
}

}  // namespace meshctl::proxy
