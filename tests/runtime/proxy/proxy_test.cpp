#include <doctest/doctest.h>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tests/runtime/proxy/scene.h"

namespace meshctl::proxy {
namespace {

TEST_CASE("bytes pass unchanged both ways, and a call is counted") {
  Scene scene;
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.application->send(kOk);
  scene.until([&] { return scene.client->received == kOk; });
  const auto seen = scene.snapshot();
  CHECK(seen.totals.calls == 1);
  CHECK(seen.totals.response_body_bytes == 2);
  CHECK(seen.connections.received_bytes == kGet.size());
  CHECK(seen.connections.sent_bytes == kOk.size());
  CHECK(seen.connections.open == 1);
}

TEST_CASE("the application is told the client's address ahead of its bytes, if it asked for that") {
  Scene scene;
  scene.config.send_proxy = ProxyHeader::V1;
  scene.connect_through();
  const auto client = scene.client->stream->local_address();
  REQUIRE(client);
  const auto header = "PROXY TCP4 127.0.0.1 127.0.0.1 " + std::to_string(client->port()) + " " +
                      std::to_string(scene.proxy_at.port()) + "\r\n";
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == header + std::string(kGet); });
  scene.application->send(kOk);
  scene.until([&] { return scene.client->received == kOk; });
  CHECK(scene.snapshot().connections.received_bytes == kGet.size());
}

TEST_CASE("the application may speak first") {
  Scene scene;
  scene.connect_through();
  scene.application->send("220 ready\r\n");
  scene.until([&] { return scene.client->received == "220 ready\r\n"; });
}

TEST_CASE("what the client sends before the application has accepted is not lost") {
  Scene scene;
  scene.client = std::make_unique<Peer>(scene.loop);
  REQUIRE(scene.client->stream->connect(scene.proxy_at));
  scene.until([&] { return scene.client->is_connected; });
  scene.client->send("early");
  scene.client->stream->end_writing();
  scene.until([&] { return scene.application != nullptr; });
  scene.application->stream->start_reading();
  scene.until([&] { return scene.application->ended.has_value(); });
  CHECK(scene.application->received == "early");
  CHECK(scene.application->ended->is_orderly());
}

TEST_CASE("a half-close is passed on, and the answer still comes") {
  Scene scene;
  scene.connect_through();
  scene.client->send(kGet);
  scene.client->stream->end_writing();
  scene.until([&] { return scene.application->ended.has_value(); });
  CHECK(scene.application->received == kGet);
  scene.application->send(kOk);
  scene.application->stream->end_writing();
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK(scene.client->received == kOk);
  CHECK(scene.client->ended->is_orderly());
  scene.until([&] { return scene.workers->open_pairs() == 0; });
  CHECK(scene.snapshot().totals.errors == 0);
}

TEST_CASE("a half-closed pair that stays silent is ended") {
  Scene scene;
  scene.config.half_close_timeout = std::chrono::milliseconds(50);
  scene.connect_through();
  scene.client->stream->end_writing();
  scene.until([&] { return scene.workers->open_pairs() == 0; });
  scene.until([&] { return scene.application->ended.has_value(); });
}

TEST_CASE("a reset passes as a reset, from either side") {
  Scene scene;
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.client->reset();
  scene.until([&] { return scene.application->ended && !scene.application->ended->is_orderly(); });
  CHECK(scene.failed_by(telemetry::ErrorType::ClientAbort) == 1);

  scene.application.reset();
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.application->reset();
  scene.until([&] { return scene.client->ended && !scene.client->ended->is_orderly(); });
  CHECK(scene.failed_by(telemetry::ErrorType::UpstreamReset) == 1);
  CHECK(scene.workers->open_pairs() == 0);
}

TEST_CASE("an application that closes in mid-answer is told apart from one that resets") {
  Scene scene;
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.application->send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
  scene.application->stream.reset();
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK(scene.client->ended->is_orderly());
  scene.client->stream.reset();
  scene.until([&] { return scene.workers->open_pairs() == 0; });
  CHECK(scene.failed_by(telemetry::ErrorType::UpstreamClosed) == 1);
}

TEST_CASE("a reset is no end of an answer that only the end of its connection would end") {
  Scene scene;
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.application->send("HTTP/1.1 200 OK\r\n\r\npart");
  scene.until([&] { return scene.client->received.ends_with("part"); });
  scene.application->reset();
  scene.until([&] { return scene.workers->open_pairs() == 0; });
  CHECK(scene.failed_by(telemetry::ErrorType::UpstreamReset) == 1);
}

TEST_CASE("a slow reader holds up the sender, and gets every byte") {
  Scene scene;
  scene.connect_through();
  scene.client->stream->stop_reading();
  std::string big(16 << 20, '\0');
  for (std::size_t i = 0; i < big.size(); ++i) big[i] = static_cast<char>(i * 7 + i / 251);
  scene.application->send(big);
  REQUIRE(scene.application->is_writing);
  for (int i = 0; i < 200; ++i) uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
  CHECK(scene.application->is_writing);  // nobody drained 16 MiB into memory
  scene.client->stream->start_reading();
  scene.until([&] { return scene.client->received.size() == big.size(); });
  CHECK(scene.client->received == big);
}

TEST_CASE("an end behind bytes that wait for a slow reader arrives behind them") {
  Scene scene;
  scene.connect_through();
  scene.client->stream->stop_reading();
  const std::string big(8 << 20, 'x');
  scene.application->send(big);
  scene.until([&] {
    // The application's last byte is out, but most of it waits in front of the client.
    uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
    if (scene.application->is_writing) scene.client->stream->start_reading();
    if (scene.client->received.size() > big.size() / 2) scene.client->stream->stop_reading();
    return !scene.application->is_writing;
  });
  scene.application->stream->end_writing();
  for (int i = 0; i < 50; ++i) uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
  scene.client->stream->start_reading();
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK(scene.client->received.size() == big.size());
  CHECK(scene.client->ended->is_orderly());
}

TEST_CASE("a reset that meets bytes on their way to the application is still a reset") {
  Scene scene;
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.client->send(kGet);
  scene.application->reset();
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK_FALSE(scene.client->ended->is_orderly());
  CHECK(scene.failed_by(telemetry::ErrorType::UpstreamReset) == 2);
}

TEST_CASE("nobody listens: an HTTP client gets a 502 that says why, and it is counted") {
  Scene scene;
  scene.application_port.reset();
  scene.connect();
  scene.client->send(kGet);
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK(scene.client->ended->is_orderly());
  CHECK(scene.client->received.starts_with("HTTP/1.1 502 Bad Gateway\r\n"));
  CHECK(scene.client->received.find("does not answer: connection refused\n") != std::string::npos);
  scene.client->stream.reset();
  scene.until([&] { return scene.workers->open_pairs() == 0; });
  const auto seen = scene.snapshot();
  CHECK(seen.totals.calls == 1);
  CHECK(seen.totals.errors == 1);
  CHECK(scene.failed_by(telemetry::ErrorType::UpstreamRefused) == 1);
  CHECK(seen.by_status == std::vector<std::pair<std::uint16_t, std::uint64_t>>{{502, 1}});
}

TEST_CASE("nobody listens: the 502 waits for the whole head, and to HEAD it has no body") {
  Scene scene;
  scene.application_port.reset();
  scene.connect();
  scene.client->send("HEAD /a HTTP/1.1\r\nHo");
  for (int i = 0; i < 20; ++i) uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
  CHECK(scene.client->received.empty());
  scene.client->send("st: x\r\n\r\n");
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK(scene.client->received.starts_with("HTTP/1.1 502 "));
  CHECK(scene.client->received.ends_with("\r\n\r\n"));
  // Counted when it was answered, not when the client has closed.
  CHECK(scene.snapshot().totals.calls == 1);
  CHECK(scene.snapshot().totals.response_body_bytes == 0);
}

TEST_CASE("nobody listens: who does not speak HTTP, or nothing, gets a reset") {
  Scene scene;
  scene.application_port.reset();
  for (const std::string_view first : {"\x01\x02", ""}) {
    CAPTURE(first.size());
    scene.connect();
    if (!first.empty()) scene.client->send(first);
    scene.until([&] { return scene.client->ended.has_value(); });
    CHECK_FALSE(scene.client->ended->is_orderly());
    CHECK(scene.client->received.empty());
  }
  scene.until([&] { return scene.workers->open_pairs() == 0; });
  CHECK(scene.snapshot().totals.calls == 0);
}

TEST_CASE(
    "where the upstream ends, idle connections end at once, and busy ones after their answer") {
  Scene scene;
  scene.connect_through();
  const auto idle = std::move(scene.client);
  const auto idle_application = std::move(scene.application);
  scene.connect_through();
  scene.client->send(kGet);
  scene.until([&] { return scene.application->received == kGet; });
  scene.upstream->end();
  scene.workers->end_idle();
  CHECK(scene.workers->open_pairs() == 1);
  scene.until([&] { return idle->ended.has_value(); });
  scene.application->send(kOk);
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK(scene.client->received == kOk);
  CHECK(scene.workers->open_pairs() == 0);
}

TEST_CASE("who refuses while the application is down resets at once, whatever the caller speaks") {
  Scene scene;
  scene.workers.reset();
  scene.application_port.reset();
  const auto nobody = net::PortReservation::make({net::Address::ipv4_loopback(0)});
  REQUIRE(nobody);
  scene.start({"127.0.0.1", nobody->address().port()});
  scene.upstream->refuse_when_down(true);
  scene.connect();
  scene.client->send(kGet);
  scene.until([&] { return scene.client->ended.has_value(); });
  CHECK_FALSE(scene.client->ended->is_orderly());
  CHECK(scene.client->received.empty());
}

TEST_CASE("nobody listens: who asks for a stream of events gets a reset, so that it tries again") {
  Scene scene;
  scene.workers.reset();
  const auto nobody = net::PortReservation::make({net::Address::ipv4_loopback(0)});
  REQUIRE(nobody);
  scene.start({"127.0.0.1", nobody->address().port()});
  for (const auto* field :
       {"Accept: text/event-stream", "accept:*/*, TEXT/Event-Stream;q=0.9", "Upgrade: websocket"}) {
    CAPTURE(field);
    scene.connect();
    scene.client->send(fmt::format("GET /e HTTP/1.1\r\nHost: x\r\n{}\r\n\r\n", field));
    scene.until([&] { return scene.client->ended.has_value(); });
    CHECK_FALSE(scene.client->ended->is_orderly());
    CHECK(scene.client->received.empty());
  }
  CHECK(scene.failed_by(telemetry::ErrorType::UpstreamRefused) == 3);
}

TEST_CASE("a place that becomes free is taken once, however many ports wait for it") {
  Scene scene;
  scene.config.max_connections = 1;
  scene.workers.reset();
  scene.start({"127.0.0.1", scene.application_port->address().port()});
  const auto second_port =
      scene.workers->add_port({net::Address::ipv4_loopback(0)}, *scene.upstream);
  REQUIRE(second_port);
  REQUIRE((*second_port)->open_to(Reach::Everyone));
  scene.connect_through();
  const auto first = std::move(scene.client);
  const auto first_application = std::move(scene.application);
  scene.connect();
  const auto waiting = std::move(scene.client);
  scene.proxy_at = (*second_port)->address();
  scene.connect();
  first->stream.reset();
  first_application->stream.reset();
  scene.until([&] { return scene.application != nullptr; });
  for (int i = 0; i < 20; ++i) uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
  CHECK(scene.workers->open_pairs() == 1);
}

TEST_CASE("places that become free are taken at every port where somebody waits") {
  Scene scene;
  scene.config.max_connections = 2;
  scene.workers.reset();
  scene.start({"127.0.0.1", scene.application_port->address().port()});
  const auto second_port =
      scene.workers->add_port({net::Address::ipv4_loopback(0)}, *scene.upstream);
  REQUIRE(second_port);
  REQUIRE((*second_port)->open_to(Reach::Everyone));
  std::vector<std::unique_ptr<Peer>> served;
  for (int i = 0; i < 2; ++i) {
    scene.connect_through();
    served.push_back(std::move(scene.client));
    served.push_back(std::move(scene.application));
  }
  scene.connect();
  const auto at_the_first = std::move(scene.client);
  scene.proxy_at = (*second_port)->address();
  scene.connect();
  CHECK(scene.snapshot().connections.accepted == 2);
  served.clear();
  scene.until([&] { return scene.snapshot().connections.accepted == 4; });
}

TEST_CASE("beyond the most connections, the next one waits for its turn") {
  Scene scene;
  scene.config.max_connections = 1;
  scene.workers.reset();
  scene.start({"127.0.0.1", scene.application_port->address().port()});
  scene.connect_through();
  const auto first = std::move(scene.client);
  auto first_application = std::move(scene.application);
  scene.connect();  // the kernel has it
  scene.client->send(kGet);
  for (int i = 0; i < 20; ++i) uv_run(&scene.loop.raw(), UV_RUN_NOWAIT);
  CHECK(scene.application == nullptr);
  first->stream.reset();
  first_application.reset();
  scene.until([&] { return scene.application != nullptr; });
  scene.application->stream->start_reading();
  scene.until([&] { return scene.application->received == kGet; });
}

}  // namespace
}  // namespace meshctl::proxy
