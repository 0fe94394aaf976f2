#include "runtime/web/http_client.h"

#include <doctest/doctest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/net/listener.h"

namespace meshctl::web {
namespace {

/// A server on the same loop: answers each request with `answer`, and closes where it is told to.
class Server final : public net::Acceptor {
 public:
  explicit Server(net::Loop& loop) : loop_(loop) {
    auto opened = net::Listener::open(loop, {net::Address::ipv4_loopback(0)}, *this);
    REQUIRE(opened);
    listener_ = std::move(*opened);
  }

  PostTarget target(bool keeps) const {
    const auto place = listener_->address().to_string();
    auto url = parse_url("http://" + place + "/push");
    REQUIRE(url);
    return {.url = *url, .content_type = "text/plain", .keeps_connection = keeps};
  }
  /// Closes all connections, as a server does that had them idle for long.
  void close_idle() { callers_.clear(); }

  std::string answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  bool closes_on_request = false;  ///< once, in place of an answer
  int connections = 0;
  std::vector<std::string> bodies;  ///< of one byte each

 private:
  class Caller final : public net::StreamOwner {
   public:
    Caller(Server& server, net::TcpHandle accepted)
        : server_(server), stream_(server.loop_, *this, std::move(accepted)) {
      stream_.start_reading();
    }
    net::Next on_bytes(net::Stream&, std::string_view bytes) noexcept override {
      received_ += bytes;
      const auto end = received_.find("\r\n\r\n");
      if (end == std::string::npos || received_.size() < end + 5) return net::Next::Continue;
      server_.bodies.push_back(received_.substr(end + 4));
      received_.clear();
      if (std::exchange(server_.closes_on_request, false)) return net::Next::Close;
      REQUIRE(stream_.try_write(server_.answer) == server_.answer.size());
      return net::Next::Continue;
    }
    net::Next on_end(net::Stream&, net::StreamEnd) noexcept override { return net::Next::Close; }
    net::Next on_written(net::Stream&, Result<void, net::UvError>) noexcept override {
      return net::Next::Continue;
    }
    net::Next on_connected(net::Stream&, Result<void, net::UvError>) noexcept override {
      return net::Next::Continue;
    }
    void close() noexcept override {
      std::erase_if(server_.callers_, [this](const auto& each) { return each.get() == this; });
    }

   private:
    Server& server_;
    net::Stream stream_;
    std::string received_;
  };

  void on_connection(net::TcpHandle accepted) noexcept override {
    ++connections;
    callers_.push_back(std::make_unique<Caller>(*this, std::move(accepted)));
  }
  void on_accept_failed(net::UvError) noexcept override { FAIL("accept failed"); }

  net::Loop& loop_;
  std::unique_ptr<net::Listener> listener_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

class Exchange {
 public:
  /// The answer's status; 0 where there was none.
  int post(const PostTarget& target, std::string_view body) {
    result_.reset();
    client.post(target, body);
    CHECK_FALSE(result_);  // never from within post()
    turn_until([&] { return result_.has_value(); });
    return *result_ ? (*result_)->status : 0;
  }
  void turn_until(const std::function<bool()>& done) {
    for (int turns = 0; !done(); ++turns) {
      REQUIRE(turns < 100'000);
      loop.turn();
    }
  }
  std::string failure() const { return result_->error(); }

  net::Loop loop;  // destroyed last: aborts if a handle leaked
  Server server{loop};
  HttpClient client{loop, this, [](void* self, Result<Answer, std::string> answer) noexcept {
                      static_cast<Exchange*>(self)->result_ = std::move(answer);
                    }};

 private:
  std::optional<Result<Answer, std::string>> result_;
};

TEST_CASE("a connection is kept where that is asked for, and only there") {
  for (const bool keeps : {true, false}) {
    CAPTURE(keeps);
    Exchange exchange;
    for (const auto* body : {"1", "2", "3"})
      CHECK(exchange.post(exchange.server.target(keeps), body) == 200);
    CHECK(exchange.server.connections == (keeps ? 1 : 3));
    CHECK(exchange.server.bodies == std::vector<std::string>{"1", "2", "3"});
  }
}

TEST_CASE("a kept connection that broke leads to a fresh one, and to no lost document") {
  Exchange exchange;
  const auto target = exchange.server.target(true);
  CHECK(exchange.post(target, "1") == 200);
  exchange.server.close_idle();
  CHECK(exchange.post(target, "2") == 200);  // whether or not the end was noticed before
  CHECK(exchange.server.connections == 2);
  exchange.server.closes_on_request = true;
  CHECK(exchange.post(target, "3") == 200);
  CHECK(exchange.server.connections == 3);
  CHECK(exchange.server.bodies == std::vector<std::string>{"1", "2", "3", "3"});
}

TEST_CASE("a fresh connection that breaks is no second try's business") {
  Exchange exchange;
  exchange.server.closes_on_request = true;
  CHECK(exchange.post(exchange.server.target(true), "1") == 0);
  CHECK(exchange.failure() == "the connection ended before the answer did");
  CHECK(exchange.server.connections == 1);
}

TEST_CASE("a connection that the server wants closed is not used again") {
  for (const auto* answer : {"HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n",
                             "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
                             "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200 OK\r\n"}) {
    CAPTURE(answer);
    Exchange exchange;
    exchange.server.answer = answer;
    CHECK(exchange.post(exchange.server.target(true), "1") == 200);
    CHECK(exchange.post(exchange.server.target(true), "2") == 200);
    CHECK(exchange.server.connections == 2);
  }
}

TEST_CASE("what is given up takes its connection along, and an idle one stays") {
  Exchange exchange;
  const auto target = exchange.server.target(true);
  CHECK(exchange.post(target, "1") == 200);
  exchange.client.cancel();
  CHECK(exchange.post(target, "2") == 200);
  CHECK(exchange.server.connections == 1);
  exchange.client.post(target, "3");
  exchange.client.cancel();
  CHECK(exchange.post(target, "4") == 200);
  CHECK(exchange.server.connections == 2);
}

}  // namespace
}  // namespace meshctl::web
