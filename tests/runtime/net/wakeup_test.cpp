#include "runtime/net/wakeup.h"

#include <doctest/doctest.h>

#include <thread>

namespace meshctl::net {
namespace {

struct Woken {
  Loop loop;
  int times = 0;
  std::thread::id thread;
  Wakeup wakeup{loop, this, [](void* self) noexcept {
                  auto& woken = *static_cast<Woken*>(self);
                  ++woken.times;
                  woken.thread = std::this_thread::get_id();
                  woken.loop.stop();
                }};
};

TEST_CASE("a loop is woken from another thread, and answers on its own") {
  Woken woken;
  std::thread other([&] { woken.wakeup.wake(); });
  woken.loop.run();
  other.join();
  CHECK(woken.times == 1);
  CHECK(woken.thread == std::this_thread::get_id());
}

TEST_CASE("a call before the loop runs is not lost") {
  Woken woken;
  woken.wakeup.wake();
  woken.loop.run();
  CHECK(woken.times == 1);
}

}  // namespace
}  // namespace meshctl::net
