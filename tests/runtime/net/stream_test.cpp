#include "runtime/net/stream.h"

#include <doctest/doctest.h>
#include <poll.h>

#include <functional>
#include <memory>
#include <string>

#include "runtime/net/listener.h"

namespace meshctl::net {
namespace {

/// One end of a connection that writes down what it hears.
class End final : public StreamOwner {
 public:
  End(Loop& loop, TcpHandle accepted) {
    uv_fileno(reinterpret_cast<const uv_handle_t*>(accepted.get()), &descriptor);
    stream.emplace(loop, *this, std::move(accepted));
  }
  explicit End(Loop& loop) { stream.emplace(loop, *this); }

  Next on_bytes(Stream& from, std::string_view bytes) noexcept override {
    received += bytes;
    behind = from.behind();
    return closes_on_bytes ? Next::Close : Next::Continue;
  }
  Next on_end(Stream&, StreamEnd end) noexcept override {
    ended = end;
    return Next::Continue;
  }
  Next on_written(Stream&, Result<void, UvError> result) noexcept override {
    ++writes_done;
    CHECK(result);
    return Next::Continue;
  }
  Next on_connected(Stream&, Result<void, UvError> result) noexcept override {
    connected = result;
    return Next::Continue;
  }
  void close() noexcept override { stream.reset(); }

  /// The peer's end has come in, read or not: a busy machine may bring it later than the bytes.
  [[nodiscard]] bool has_end_waiting() const {
    pollfd looked{.fd = descriptor, .events = POLLRDHUP, .revents = 0};
    return ::poll(&looked, 1, 0) == 1;
  }

  std::optional<Stream> stream;
  int descriptor = -1;  ///< of an accepted connection
  std::string received;
  Behind behind = Behind::Unknown;  ///< the bytes that came last
  std::optional<StreamEnd> ended;
  std::optional<Result<void, UvError>> connected;
  int writes_done = 0;
  bool closes_on_bytes = false;
};

/// A connected pair of ends over loopback.
class Connection final : public Acceptor {
 public:
  Connection() {
    auto opened = Listener::open(loop, {Address::ipv4_loopback(0)}, *this);
    REQUIRE(opened);
    listener = std::move(*opened);
    client = std::make_unique<End>(loop);
    REQUIRE(client->stream->connect(listener->address()));
    until([&] { return client->connected.has_value() && server != nullptr; });
    REQUIRE(*client->connected);
    client->stream->start_reading();
    server->stream->start_reading();
  }

  void on_connection(TcpHandle accepted) noexcept override {
    server = std::make_unique<End>(loop, std::move(accepted));
  }
  void on_accept_failed(UvError) noexcept override { FAIL("accept failed"); }

  void until(const std::function<bool()>& done) {
    for (int turns = 0; !done(); ++turns) {
      REQUIRE(turns < 100'000);
      loop.turn();
    }
  }

  Loop loop;  // destroyed last: aborts if a handle leaked
  std::unique_ptr<Listener> listener;
  std::unique_ptr<End> client;
  std::unique_ptr<End> server;
};

TEST_CASE("bytes arrive, and an end of writing arrives behind them") {
  Connection pair;
  CHECK(*pair.client->stream->try_write("hello") == 5);
  pair.client->stream->end_writing();
  pair.until([&] { return pair.server->ended.has_value(); });
  CHECK(pair.server->received == "hello");
  CHECK(pair.server->ended->is_orderly());
  // The other direction is still open (half-close).
  CHECK(*pair.server->stream->try_write("still here") == 10);
  pair.until([&] { return pair.client->received == "still here"; });
}

TEST_CASE("a full socket takes a part, and the rest follows as it is read") {
  Connection pair;
  pair.server->stream->stop_reading();
  const std::string chunk(1 << 20, 'x');
  std::size_t sent = 0;
  std::size_t written = chunk.size();
  while (written == chunk.size()) {
    written = *pair.client->stream->try_write(chunk);
    sent += written;
    REQUIRE(sent < (std::size_t{1} << 30));
  }
  REQUIRE(pair.client->stream->write_rest(std::string(chunk.substr(written))));
  sent += chunk.size() - written;
  pair.server->stream->start_reading();
  pair.until([&] { return pair.server->received.size() == sent; });
  pair.until([&] { return pair.client->writes_done == 1; });
}

TEST_CASE("a reset arrives as a reset, not as an end") {
  Connection pair;
  pair.client->stream->reset_on_close();
  pair.client->stream.reset();
  pair.until([&] { return pair.server->ended.has_value(); });
  CHECK_FALSE(pair.server->ended->is_orderly());
}

TEST_CASE("who looks behind a read hears of an end or a reset with the bytes") {
  Connection pair;
  pair.server->stream->look_behind_next_read();
  CHECK(*pair.client->stream->try_write("more to come") == 12);
  pair.until([&] { return !pair.server->received.empty(); });
  CHECK(pair.server->behind == Behind::Unknown);
  CHECK_FALSE(pair.server->ended.has_value());

  SUBCASE("an end") {
    pair.server->stream->stop_reading();
    pair.server->stream->look_behind_next_read();
    CHECK(*pair.client->stream->try_write(", no more") == 9);
    pair.client->stream->end_writing();
    while (!pair.server->has_end_waiting()) uv_run(&pair.loop.raw(), UV_RUN_NOWAIT);
    pair.server->stream->start_reading();
    pair.loop.turn();
    CHECK(pair.server->behind == Behind::OrderlyEnd);
    REQUIRE(pair.server->ended.has_value());
    CHECK(pair.server->ended->is_orderly());
    // Half-closed: this direction goes on, and may be ended in one packet with its last bytes.
    CHECK(*pair.server->stream->try_write("bye", Behind::OrderlyEnd) == 3);
    pair.server->stream->end_writing();
    pair.until([&] { return pair.client->ended.has_value(); });
    CHECK(pair.client->received == "bye");
  }
  SUBCASE("a reset, which a look takes from the socket") {
    pair.server->stream->look_behind_next_read();
    CHECK(*pair.client->stream->try_write(", no more") == 9);
    pair.client->stream->reset_on_close();
    pair.client->stream.reset();
    pair.until([&] { return pair.server->ended.has_value(); });
    CHECK(pair.server->behind == Behind::Unknown);
    CHECK_FALSE(pair.server->ended->is_orderly());
  }
  CHECK(pair.server->received == "more to come, no more");
}

TEST_CASE("an owner that asks to be closed hears no more") {
  Connection pair;
  pair.server->closes_on_bytes = true;
  CHECK(*pair.client->stream->try_write("one") == 3);
  pair.until([&] { return !pair.server->stream.has_value(); });
  CHECK(pair.server->received == "one");
}

TEST_CASE("a write in flight outlives the stream that began it") {
  Connection pair;
  pair.server->stream->stop_reading();
  const std::string chunk(8 << 20, 'x');
  const auto written = *pair.client->stream->try_write(chunk);
  REQUIRE(written < chunk.size());
  REQUIRE(pair.client->stream->write_rest(chunk.substr(written)));
  pair.client->stream.reset();
  for (int i = 0; i < 10; ++i) uv_run(&pair.loop.raw(), UV_RUN_NOWAIT);
  CHECK(pair.client->writes_done == 0);
}

TEST_CASE("nobody listens: the connect fails, and another may be tried") {
  Connection pair;
  const auto free_port = pair.listener->address();
  pair.listener.reset();
  End late(pair.loop);
  REQUIRE(late.stream->connect(free_port));
  pair.until([&] { return late.connected.has_value(); });
  CHECK_FALSE(*late.connected);
  CHECK(late.stream->connect(free_port));
}

TEST_CASE("a port in use is told when listening") {
  Connection pair;
  const auto second = Listener::open(pair.loop, {pair.listener->address()}, pair);
  REQUIRE_FALSE(second);
  CHECK(is_address_in_use(second.error()));
}

TEST_CASE("a paused listener lets connections wait, and takes them when resumed") {
  Connection pair;
  pair.server.reset();
  pair.listener->pause();
  End waiting(pair.loop);
  REQUIRE(waiting.stream->connect(pair.listener->address()));
  pair.until([&] { return waiting.connected.has_value(); });
  CHECK(*waiting.connected);
  for (int i = 0; i < 5; ++i) uv_run(&pair.loop.raw(), UV_RUN_NOWAIT);
  CHECK(pair.server == nullptr);
  pair.listener->resume();
  pair.until([&] { return pair.server != nullptr; });
}

}  // namespace
}  // namespace meshctl::net
