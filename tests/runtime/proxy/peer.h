#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "runtime/net/stream.h"

namespace meshctl::proxy {

/// A peer of the proxy, on the same loop: a client, or a connection of the application.
class Peer final : public net::StreamOwner {
 public:
  explicit Peer(net::Loop& loop) { stream.emplace(loop, *this); }
  Peer(net::Loop& loop, net::TcpHandle accepted) {
    stream.emplace(loop, *this, std::move(accepted));
  }

  net::Next on_bytes(net::Stream&, std::string_view bytes) noexcept override {
    received += bytes;
    return net::Next::Continue;
  }
  net::Next on_end(net::Stream&, net::StreamEnd end) noexcept override {
    ended = end;
    return net::Next::Continue;
  }
  net::Next on_written(net::Stream&, Result<void, net::UvError>) noexcept override {
    is_writing = false;
    return net::Next::Continue;
  }
  net::Next on_connected(net::Stream&, Result<void, net::UvError> result) noexcept override {
    is_connected = result.has_value();
    stream->start_reading();
    return net::Next::Continue;
  }
  void close() noexcept override { stream.reset(); }

  void send(std::string_view bytes) {
    const auto written = stream->try_write(bytes);
    REQUIRE(written);
    if (*written == bytes.size()) return;
    is_writing = true;
    REQUIRE(stream->write_rest(std::string(bytes.substr(*written))));
  }
  void reset() {
    stream->reset_on_close();
    stream.reset();
  }

  std::optional<net::Stream> stream;
  std::string received;
  std::optional<net::StreamEnd> ended;
  bool is_connected = false;
  bool is_writing = false;
};

}  // namespace meshctl::proxy
