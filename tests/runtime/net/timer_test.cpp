#include "runtime/net/timer.h"

#include <doctest/doctest.h>

#include <memory>

namespace meshctl::net {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

struct Fired {
  int times = 0;
  static void count(void* self) noexcept { ++static_cast<Fired*>(self)->times; }
};

TEST_CASE("a timer never fires early, and fires once when asked for once") {
  Loop loop;
  Fired fired;
  Timer timer(loop, &fired, Fired::count);
  const auto started = now();
  timer.start_once(milliseconds(20));
  loop.run();
  CHECK(fired.times == 1);
  CHECK(now() - started >= milliseconds(20));
}

TEST_CASE("a timer never fires early, wherever in a millisecond it starts") {
  Loop loop;
  Fired fired;
  Timer timer(loop, &fired, Fired::count);
  for (int step = 0; step < 20; ++step) {
    // The wait starts late in a millisecond, the loop's first look at the clock is in the next.
    while (now().time_since_epoch() % milliseconds(1) < microseconds(900)) continue;
    const auto started = now();
    timer.start_once(milliseconds(3));
    while (now() - started < microseconds(50 * step)) continue;
    loop.run();
    CHECK(now() - started >= milliseconds(3));
  }
  CHECK(fired.times == 20);
}

TEST_CASE("a timer that is dropped never fires") {
  Loop loop;
  Fired fired;
  auto timer = std::make_unique<Timer>(loop, &fired, Fired::count);
  timer->start_once(milliseconds(1));
  timer.reset();
  loop.run();
  CHECK(fired.times == 0);
}

TEST_CASE("a repeating timer goes on until it is stopped, from its own callback too") {
  struct Stopper {
    explicit Stopper(Loop& loop)
        : timer(loop, this, [](void* self) noexcept {
            auto& owner = *static_cast<Stopper*>(self);
            if (++owner.times == 3) owner.timer.stop();
          }) {}
    Timer timer;
    int times = 0;
  };
  Loop loop;
  Stopper stopper(loop);
  stopper.timer.start_repeating(milliseconds(1));
  loop.run();
  CHECK(stopper.times == 3);
}

TEST_CASE("a timer may be destroyed by its own callback") {
  struct Owner {
    std::unique_ptr<Timer> timer;
  };
  Loop loop;
  Owner owner;
  owner.timer = std::make_unique<Timer>(
      loop, &owner, [](void* self) noexcept { static_cast<Owner*>(self)->timer.reset(); });
  owner.timer->start_once(milliseconds(1));
  loop.run();
  CHECK(owner.timer == nullptr);
}

}  // namespace
}  // namespace meshctl::net
