#include "runtime/proxy/admin.h"

#include <doctest/doctest.h>

namespace meshctl::proxy {
namespace {

constexpr std::string_view kPath = "/reset/Zm9vYmFyMTIzNDU2";

/// An admin port whose proxy was called once, and a count of how often it was drained.
struct Scene {
  Scene()
      : admin({[] {
                 telemetry::Snapshot snapshot;
                 snapshot.top_paths = {{std::string(kPath), 1, 0}};
                 return snapshot;
               },
               [] { return true; }, [this] { ++drained; }}) {}
  Scene(const Scene&) = delete;
  Scene& operator=(const Scene&) = delete;

  web::Response ask(std::string method, std::string target, bool is_over_loopback) {
    web::Request request;
    request.method = std::move(method);
    request.target = std::move(target);
    request.is_over_loopback = is_over_loopback;
    auto response = admin.answer(request);
    if (response.make_body) response.body = response.make_body();
    return response;
  }

  int drained = 0;
  Admin admin;
};

TEST_CASE("only a caller over loopback drains") {
  Scene scene;
  const auto refused = scene.ask("POST", "/drain", false);
  CHECK(refused.status == 403);
  CHECK(refused.body.find("drained over loopback") != std::string::npos);
  CHECK(refused.body.find("port-forward") != std::string::npos);
  CHECK(scene.ask("GET", "/drain", true).status == 405);
  CHECK(scene.drained == 0);
  CHECK(scene.ask("POST", "/drain", true).status == 202);
  CHECK(scene.drained == 1);
}

TEST_CASE("only a caller over loopback is told raw paths; everybody reads the rest") {
  Scene scene;
  for (const auto* page : {"/", "/metrics", "/stats.json", "/ready", "/live"}) {
    CAPTURE(page);
    const auto answer = scene.ask("GET", page, false);
    CHECK(answer.status == 200);
    CHECK(answer.body.find(kPath) == std::string::npos);
  }
  for (const auto* page : {"/", "/stats.json"}) {
    CAPTURE(page);
    CHECK(scene.ask("GET", page, true).body.find(kPath) != std::string::npos);
  }
}

}  // namespace
}  // namespace meshctl::proxy
