#include "cli/inject/upstream.h"

#include <doctest/doctest.h>

#include <string>

#include "cli/inject/manifests.h"

namespace meshctl::inject {
namespace {

using namespace std::string_literals;

TEST_CASE("an upstream is a port, at an IP literal or localhost if it says so") {
  struct Row {
    const char* text;
    Upstream want;
  };
  const Row rows[] = {
      {"8087", {{8087, {}}, ""}},
      {"${PORT}", {{0, "PORT"}, ""}},
      {"127.0.0.1:5432", {{5432, {}}, "127.0.0.1"}},
      {"10.1.2.3:1", {{1, {}}, "10.1.2.3"}},
      {"[::1]:65535", {{65535, {}}, "[::1]"}},
      {"[2001:DB8::1]:80", {{80, {}}, "[2001:DB8::1]"}},
      {"[::ffff:127.0.0.1]:80", {{80, {}}, "[::ffff:127.0.0.1]"}},
      {"localhost:80", {{80, {}}, "localhost"}},
      {"localhost:${PORT}", {{0, "PORT"}, "localhost"}},
      {"[::1]:${{PORT}}", {{0, "PORT"}, "[::1]"}},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto upstream = parse_upstream(row.text);
    REQUIRE(upstream);
    CHECK(*upstream == row.want);
  }
}

TEST_CASE("what is no place in the pod is refused, and why") {
  const std::string form = "write 8087, or 127.0.0.1:8087, or 8087,9090, or auto";
  const std::string pod = "the application is in this pod: write its port, or 127.0.0.1:8087";
  const std::string any = "write the port alone: the address is then the one that the caller used";
  struct Row {
    std::string text;
    std::string problem;
    std::string hint;
  };
  const Row rows[] = {
      {"", "'' is not a port number", form},
      {"http", "'http' is not a port number", form},
      {"127.0.0.1:http", "'http' is not a port number", form},
      {"127.0.0.1:", "'' is not a port number", form},
      {"127.0.0.1:auto", "'auto' is not a port number", form},
      {"127.0.0.1:0", "there is no port 0", form},
      {"localhost:65536", "there is no port 65536", form},
      {"db:5432", "'db' is neither an IP literal nor localhost", pod},
      {"db.shop.svc:5432", "'db.shop.svc' is neither an IP literal nor localhost", pod},
      {"Localhost:80", "'Localhost' is neither an IP literal nor localhost", pod},
      {"${HOST}:80", "'${HOST}' is neither an IP literal nor localhost", pod},
      {":80", "'' is neither an IP literal nor localhost", pod},
      {"*:80", "'*' is neither an IP literal nor localhost", pod},
      {"127.1:80", "'127.1' is neither an IP literal nor localhost", pod},
      {"127.0.0.1\0:80"s, "'127.0.0.1\0' is neither an IP literal nor localhost"s, pod},
      {"0.0.0.0:80", "0.0.0.0 is for listening, and no place to connect to", any},
      {"[::]:80", "[::] is for listening, and no place to connect to", any},
      {"[0:0::0]:80", "[0:0::0] is for listening, and no place to connect to", any},
      {"::1:80", "'::1:80' needs brackets round the IPv6 address, as in [::1]:8087", form},
      {"[::1]", "'[::1]' does not read as [IPV6]:PORT", form},
      {"[::1]80", "'[::1]80' does not read as [IPV6]:PORT", form},
      {"[127.0.0.1]:80", "'[127.0.0.1]:80' does not read as [IPV6]:PORT", form},
      {"[]:80", "'[]:80' does not read as [IPV6]:PORT", form},
      {"[:80", "'[:80' does not read as [IPV6]:PORT", form},
      {"http://localhost:80", "'http://localhost:80' is a URL", form},
  };
  for (const Row& row : rows) {
    CAPTURE(row.text);
    const auto upstream = parse_upstream(row.text);
    REQUIRE_FALSE(upstream);
    CHECK(upstream.error().problem == row.problem);
    CHECK(upstream.error().hint == row.hint);
  }
}

TEST_CASE("an address is for the proxy alone; all else goes by the port") {
  const auto inject = [](const std::string& upstream) {
    const std::string manifest =
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  labels: {app: web}\n"
        "  annotations:\n    meshctl.dev/upstream: '" +
        upstream +
        "'\n"
        "spec:\n  containers:\n  - name: a\n    ports:\n    - containerPort: 5432\n      name: db\n"
        "    livenessProbe:\n      tcpSocket: {port: db}\n---\n"
        "apiVersion: v1\nkind: Service\nmetadata: {name: s}\n"
        "spec:\n  selector: {app: web}\n  ports:\n  - {port: 80, targetPort: 9090}\n"
        "  - {port: 81, targetPort: db}\n---\n"
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\n"
        "spec:\n  podSelector: {}\n  ingress:\n  - ports:\n    - port: 9090\n";
    const auto outcome = inject_manifests({{"f", manifest}}, default_settings("1"));
    REQUIRE_FALSE(outcome.is_refused());
    CHECK(uninject_manifests({{"f", outcome.texts.at(0)}}).texts.at(0) == manifest);
    return outcome;
  };
  const auto plain = inject("5432,9090");
  const auto placed = inject("127.0.0.1:5432,[::1]:9090");
  auto text = placed.texts.at(0);
  for (const auto& [host, port] : {std::pair{"127.0.0.1:", "5432"}, std::pair{"[::1]:", "9090"}}) {
    for (int place = 0; place < 2; ++place) {  // the annotation, and the argument
      const auto found = text.find(std::string(host) + port);
      REQUIRE(found != std::string::npos);
      text.erase(found, std::string(host).size());
    }
  }
  CHECK(text == plain.texts.at(0));
  CHECK(placed.texts.at(0).find("- '*:14001=127.0.0.1:5432'\n") != std::string::npos);
  CHECK(placed.texts.at(0).find("- '*:14002=[::1]:9090'\n") != std::string::npos);
  CHECK(describe(placed.reports.at(0)) == "pod/p injected: 5432 -> 14001, 9090 -> 14002");
  REQUIRE(placed.reports.size() == plain.reports.size());
  for (std::size_t i = 0; i < plain.reports.size(); ++i) {
    CHECK(placed.reports[i].ports == plain.reports[i].ports);
  }
}

}  // namespace
}  // namespace meshctl::inject
