#include "runtime/proxy/pipe.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>

#include "runtime/net/listener.h"
#include "tests/runtime/proxy/peer.h"

namespace meshctl::proxy {
namespace {

/// A pipe from `source` to `sink`, and the peers that hold the other ends of both.
class Scene final : public net::Acceptor {
 public:
  Scene() {
    auto opened = net::Listener::open(loop, {net::Address::ipv4_loopback(0)}, *this);
    REQUIRE(opened);
    listener = std::move(*opened);
    connect(writer, source);
    connect(reader, sink);
    reader->stream->start_reading();
    pipe.emplace(*source->stream, *sink->stream);
  }

  void on_connection(net::TcpHandle accepted) noexcept override {
    just_accepted = std::make_unique<Peer>(loop, std::move(accepted));
  }
  void on_accept_failed(net::UvError) noexcept override { FAIL("accept failed"); }

  void until(const std::function<bool()>& done) {
    for (int turns = 0; !done(); ++turns) {
      REQUIRE(turns < 10'000);
      loop.turn();
    }
  }

  net::Loop loop;
  std::unique_ptr<net::Listener> listener;
  std::unique_ptr<Peer> just_accepted;
  std::unique_ptr<Peer> writer;
  std::unique_ptr<Peer> source;
  std::unique_ptr<Peer> sink;
  std::unique_ptr<Peer> reader;
  std::optional<Pipe> pipe;

 private:
  void connect(std::unique_ptr<Peer>& outer, std::unique_ptr<Peer>& inner) {
    outer = std::make_unique<Peer>(loop);
    REQUIRE(outer->stream->connect(listener->address()));
    until([&] { return outer->is_connected && just_accepted != nullptr; });
    inner = std::move(just_accepted);
  }
};

TEST_CASE("what came before the sink was open goes out when it opens, the end behind it") {
  Scene scene;
  scene.pipe->forward("first ");
  scene.pipe->forward("second");
  CHECK(scene.pipe->holds_bytes());
  scene.pipe->on_source_end();
  CHECK(scene.pipe->state() == Pipe::State::Ending);
  scene.pipe->open_sink();
  CHECK(scene.pipe->state() == Pipe::State::Ended);
  CHECK_FALSE(scene.pipe->holds_bytes());
  scene.until([&] { return scene.reader->ended.has_value(); });
  CHECK(scene.reader->received == "first second");
}

TEST_CASE("a source is read again when no reason is left not to") {
  Scene scene;
  scene.source->stream->start_reading();
  scene.reader->stream->stop_reading();
  const std::string big(32 << 20, 'x');
  scene.pipe->forward(big);  // too much before the sink is open
  scene.writer->send("more");
  const auto some_turns = [&] {
    for (int i = 0; i < 20; ++i) uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
  };
  some_turns();
  CHECK(scene.source->received.empty());
  scene.pipe->open_sink();
  REQUIRE(scene.pipe->holds_bytes());  // and now more than the sink takes
  scene.sink->is_writing = true;
  some_turns();
  CHECK(scene.source->received.empty());
  scene.reader->stream->start_reading();
  scene.until([&] { return !scene.sink->is_writing; });
  scene.pipe->on_written({});
  scene.until([&] { return scene.source->received == "more"; });
}

TEST_CASE("an end waits for the bytes that the sink has not taken yet") {
  Scene scene;
  scene.pipe->open_sink();
  const std::string big(32 << 20, 'x');
  scene.reader->stream->stop_reading();
  scene.pipe->forward(big);
  REQUIRE(scene.pipe->holds_bytes());
  scene.sink->is_writing = true;
  scene.pipe->on_source_end();
  CHECK(scene.pipe->state() == Pipe::State::Ending);
  CHECK_FALSE(scene.pipe->is_over());
  scene.reader->stream->start_reading();
  scene.until([&] { return !scene.sink->is_writing; });
  scene.pipe->on_written({});
  CHECK(scene.pipe->state() == Pipe::State::Ended);
  scene.until([&] { return scene.reader->ended.has_value(); });
  CHECK(scene.reader->received.size() == big.size());
}

TEST_CASE("a sink that has gone makes the source run dry, not stand still") {
  Scene scene;
  scene.pipe->open_sink();
  scene.reader->reset();
  scene.until([&] {
    uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
    scene.pipe->forward("x");
    return scene.pipe->state() == Pipe::State::Discarding;
  });
  CHECK_FALSE(scene.pipe->is_over());
  scene.pipe->on_source_end();
  CHECK(scene.pipe->is_over());
}

}  // namespace
}  // namespace meshctl::proxy
