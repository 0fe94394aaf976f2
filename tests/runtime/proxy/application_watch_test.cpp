#include "runtime/proxy/application_watch.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <vector>

namespace meshctl::proxy {
namespace {

/// An application at a port of loopback that comes and goes, and the port of ours that leads to it.
class Stage final : public net::Acceptor, public ConnectionTaker {
 public:
  explicit Stage(ApplicationWatch::Rules rules) {
    auto reserved = net::PortReservation::make({net::Address::ipv4_loopback(0)});
    REQUIRE(reserved);
    application_at = reserved->address();
    application_port = std::make_unique<net::PortReservation>(std::move(*reserved));
    auto opened = Upstream::open(Forward{{}, Endpoint{"", application_at.port()}});
    REQUIRE(opened);
    upstream = std::move(*opened);
    ConnectionTaker& taker = *this;
    auto kept = ForwardPort::reserve(loop, {net::Address::ipv4_loopback(0)}, *upstream, taker);
    REQUIRE(kept);
    port = std::move(*kept);
    own = {port->address()};
    watch = std::make_unique<ApplicationWatch>(loop, *upstream, *port, own, rules);
  }

  void start_application() {
    application_port->admit(true);
    auto opened = net::Listener::open(loop, {application_at}, *this);
    REQUIRE(opened);
    application = std::move(*opened);
  }
  void until(const std::function<bool()>& done) {
    const auto deadline = now() + std::chrono::seconds(10);
    while (!done()) {
      REQUIRE(now() < deadline);
      loop.turn();
    }
  }
  void await_end() {
    watch->await_end([](void* self) noexcept { ++static_cast<Stage*>(self)->times_gone; }, this);
  }

  void on_connection(net::TcpHandle) noexcept override {}
  void on_accept_failed(net::UvError) noexcept override {}
  void take(Upstream&, net::TcpHandle) noexcept override {}
  void on_accept_failed() noexcept override {}

  net::Loop loop;
  net::Address application_at = net::Address::ipv4_loopback(0);
  std::unique_ptr<net::PortReservation> application_port;
  std::unique_ptr<net::Listener> application;
  std::unique_ptr<Upstream> upstream;
  std::unique_ptr<ForwardPort> port;
  std::vector<net::Address> own;
  std::unique_ptr<ApplicationWatch> watch;
  int times_gone = 0;
};

constexpr ApplicationWatch::Rules kFollows{.follows = true};

TEST_CASE("a port that follows is closed until the application listens, and while it does not") {
  Stage stage(kFollows);
  REQUIRE(stage.watch->start());
  CHECK(stage.port->reach() == Reach::Nobody);
  CHECK(stage.upstream->refuses_when_down());
  stage.start_application();
  stage.until([&] { return stage.port->reach() != Reach::Nobody; });
  // It does not look by itself: a refused connect says that the application has gone.
  stage.application.reset();
  stage.upstream->on_trouble();
  stage.until([&] { return stage.port->reach() == Reach::Nobody; });
  stage.start_application();
  stage.until([&] { return stage.port->reach() != Reach::Nobody; });
}

TEST_CASE("a refused connect closes no port whose application still listens") {
  Stage stage(kFollows);
  stage.start_application();
  REQUIRE(stage.watch->start());
  CHECK(stage.port->reach() == Reach::Everyone);
  for (int i = 0; i < 5; ++i) {
    stage.upstream->on_trouble();
    stage.loop.turn();
    CHECK(stage.port->reach() == Reach::Everyone);
  }
}

TEST_CASE("a port that does not follow is open whether the application listens or not") {
  Stage stage({});
  REQUIRE(stage.watch->start());
  CHECK(stage.port->reach() == Reach::Everyone);
  CHECK_FALSE(stage.upstream->refuses_when_down());
  stage.upstream->on_trouble();
  stage.loop.turn();
  CHECK(stage.port->reach() == Reach::Everyone);
}

TEST_CASE("after TERM the end is told once the application has been gone for two looks") {
  for (const bool follows : {true, false}) {
    Stage stage({.follows = follows});
    stage.start_application();
    REQUIRE(stage.watch->start());
    stage.await_end();
    const auto begun = now();
    stage.until([&] { return now() - begun > 3 * ApplicationWatch::kLookEvery; });
    CHECK(stage.times_gone == 0);
    CHECK(stage.port->reach() != Reach::Nobody);
    // A reload: gone for some looks, then back.
    stage.application.reset();
    const auto gone = now();
    stage.until([&] { return now() - gone > 3 * ApplicationWatch::kLookEveryAtTheEnd; });
    stage.start_application();
    stage.until([&] { return now() - gone > 2 * ApplicationWatch::kLookEvery; });
    CHECK(stage.times_gone == 0);
    CHECK(stage.port->reach() != Reach::Nobody);
    stage.application.reset();
    stage.until([&] { return stage.times_gone > 0; });
    CHECK(stage.port->reach() == Reach::Nobody);
    CHECK(stage.times_gone == 1);
  }
}

TEST_CASE("after TERM an application that a closed port waited for is gone at once") {
  Stage stage(kFollows);
  REQUIRE(stage.watch->start());
  stage.await_end();
  CHECK(stage.times_gone == 1);
}

}  // namespace
}  // namespace meshctl::proxy
